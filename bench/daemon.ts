/** `ptpchat start` as a user has it, and the command line beside it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const PTPCHAT = join(import.meta.dirname, "../ptpchat");
/** A start or a command that takes longer has failed, in ms. */
const COMMAND_MS = 20_000;
/** A node says that it ends within 4 s of a signal, in ms. */
const END_MS = 8_000;
/** The unit of CPU time in /proc (USER_HZ), the same on every Linux. */
const TICK_MS = 10;

const run = promisify(execFile);

/**
 * Runs one command to its end.
 * @param directory - where it keeps compiled code, so that the user's own cache is left alone
 * @returns its stdout
 * @throws Error when it fails or takes longer than COMMAND_MS
 */
export async function runCommand(directory: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run(PTPCHAT, words, { timeout: COMMAND_MS, killSignal: "SIGKILL", env: ownCache(directory) });
  return stdout;
}

/** The part of `ptpchat status --json` that is measured. */
export interface DaemonStatus {
  readonly peers: { readonly live: number };
  readonly counters: {
    readonly datagrams_in: number;
    readonly datagrams_out: number;
    readonly bytes_in: number;
    readonly bytes_out: number;
  };
  readonly memory: { readonly resident_bytes: number };
}

export class Daemon {
  readonly #directory: string;
  readonly #home: string;
  readonly #process: ChildProcess;
  readonly #gone: Promise<unknown>;
  #udp = "";

  private constructor(directory: string, home: string, process: ChildProcess) {
    this.#directory = directory;
    this.#home = home;
    this.#process = process;
    this.#gone = once(process, "exit");
  }

  /** Starts a node on a home of its own in `directory` and waits until it is ready. */
  static async start(directory: string): Promise<Daemon> {
    const home = join(directory, "daemon");
    const child = spawn(PTPCHAT, ["start", "--home", home, "--listen", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: ownCache(directory),
    });
    const daemon = new Daemon(directory, home, child);
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_MS);
    const [first] = (await Promise.race([once(child.stdout, "data"), daemon.#gone])) as [Buffer];
    clearTimeout(timer);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("ptpchat start did not become ready");
    daemon.#udp = (JSON.parse(first.toString()) as { udp: string }).udp;
    return daemon;
  }

  /** `ip:port` of its socket. */
  get udp(): string {
    return this.#udp;
  }

  /** Runs a command of the command line against it. */
  async command(...words: readonly string[]): Promise<string> {
    return runCommand(this.#directory, ...words, "--home", this.#home);
  }

  async status(): Promise<DaemonStatus> {
    return JSON.parse(await this.command("status", "--json")) as DaemonStatus;
  }

  /** CPU time so far, all threads, in ms; null where there is no /proc. */
  get cpuMs(): number | null {
    try {
      const stat = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from the third field on: a name may hold spaces
      return TICK_MS * (Number(fields[11]) + Number(fields[12]));
    } catch {
      return null;
    }
  }

  async end(): Promise<void> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_MS);
    this.#process.kill("SIGTERM");
    await this.#gone;
    clearTimeout(timer);
  }
}

function ownCache(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, XDG_CACHE_HOME: join(directory, "cache") };
}
