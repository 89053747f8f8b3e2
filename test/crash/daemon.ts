/** A real daemon that can be told where to die, and the door to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { NamedEvent } from "../../src/app/api.ts";
import { connectToNode, type RemoteNode } from "../../src/app/rpc-client.ts";
import type { Arming } from "./points.ts";

/** The sources, or a build of them that starts faster: a run of thousands is mostly starts. */
const PROGRAM = process.env.PTPCHAT_TEST_PROGRAM ?? fileURLToPath(new URL("../../src/bin/ptpchat.ts", import.meta.url));
const KILL_POINTS = new URL("./kill-points.ts", import.meta.url).href;
/** As the launcher has it. */
const COMPILED = process.env.NODE_COMPILE_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ptpchat/compiled");
/** A daemon is up, and one that is armed dead, well within this, in ms, also on a machine that has much else to do. */
const PATIENCE_MS = 120_000;

export interface Place {
  readonly home: string;
  /** `ip:port` of its socket. */
  readonly listen: string;
  /** Of the other; null for one that is alone. */
  readonly peer: string | null;
  /** The file in which it notes where it kills itself. */
  readonly kills: string;
}

export class Daemon {
  readonly door: RemoteNode;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  /** What it wrote to stderr. */
  readonly errors: () => string;

  private constructor(process: ChildProcess, ended: Promise<void>, errors: () => string, door: RemoteNode) {
    this.#process = process;
    this.#ended = ended;
    this.errors = errors;
    this.door = door;
  }

  /**
   * Starts one, subscribed from its first event on.
   * @param arming - where it is to die while it starts
   * @returns null when it died of that
   */
  static async start(place: Place, listener: (event: NamedEvent) => void, arming: Arming | null = null): Promise<Daemon | null> {
    const { home, listen, peer, kills } = place;
    const words = ["start", "--home", home, "--listen", listen, "--lan", "off", "--web", "off", ...(peer === null ? [] : ["--peer", peer])];
    const armed = arming === null ? {} : { PTPCHAT_TEST_KILL: JSON.stringify(arming) };
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--import", KILL_POINTS, PROGRAM, ...words], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, PTPCHAT_TEST_KILLS: kills, ...armed },
    });
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const ended = once(child, "exit").then(() => {});
    const ready = child.stdout === null ? ended : once(createInterface({ input: child.stdout }), "line");
    await within(Promise.race([ready, ended]), () => `no ready line: ${errors}`);
    if (child.exitCode !== null || child.signalCode !== null) {
      if (child.signalCode !== "SIGKILL") throw new Error(`the home does not open: ${errors}`);
      return null;
    }
    const door = await connectToNode({ home }).catch(async (error: unknown) => {
      if (arming === null) throw error; // else it may have died right after it was ready
      await within(ended, () => `armed, it takes no commands and lives on: ${errors}`);
      if (child.signalCode !== "SIGKILL") throw error;
      return null;
    });
    if (door === null) return null;
    door.subscribe(listener);
    return new Daemon(child, ended, () => errors, door);
  }

  arm(arming: Arming): void {
    this.#process.send(arming);
  }

  /** Kills it at this moment, wherever it is. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.died();
  }

  get isDead(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Resolves once it is dead and all that it said has been heard. @throws Error when it ended in another way, or lives on */
  async died(): Promise<void> {
    await within(Promise.all([this.#ended, this.door.ended]), () => "it was to die, and lives on");
    if (this.#process.signalCode !== "SIGKILL") throw new Error(`it was to be killed, and ended by itself: ${this.errors()}`);
  }
}

/** @throws Error in these words when it takes longer than {@link PATIENCE_MS} */
export async function within<T>(work: Promise<T>, words: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(words())), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
