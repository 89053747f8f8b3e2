/** A real node as a test drives it: the process, its home, and the command line beside it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Line, Process } from "./process.ts";

const PTPCHAT = join(import.meta.dirname, "../../ptpchat");
/** A daemon on a busy machine is up well within this, in ms. */
const START_MS = 20_000;

/** How a command ended. */
export interface Ran {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly errors: string;
}

export interface NodeOptions {
  /** `start`, or `rendezvous` for a node that represents nobody. */
  readonly role?: "start" | "rendezvous";
  /** `ip:port` of its socket. */
  readonly listen: string;
  /** Endpoints to configure. */
  readonly peers?: readonly string[];
  /** More words for the command line. */
  readonly words?: readonly string[];
  /** Words to put before the command, as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** That of a node which has ended; else one of its own. */
  readonly home?: string;
}

export class Node {
  readonly process: Process;
  readonly home: string;
  /** `ip:port` of its socket, as it says itself. */
  readonly udp: string;
  readonly ready: Line;

  private constructor(process: Process, home: string, ready: Line) {
    this.process = process;
    this.home = home;
    this.ready = ready;
    this.udp = String(ready.udp);
  }

  /** Starts a node on a home of its own and waits for its ready line. */
  static async start({ role = "start", listen, peers = [], words = [], within = [], home: known }: NodeOptions): Promise<Node> {
    const home = known ?? (await mkdtemp(join(tmpdir(), "ptpchat-test-")));
    const alone = role === "start" ? ["--map", "off", "--lan", "off", "--web", "off"] : ["--map", "off"];
    const called = peers.flatMap((peer) => ["--peer", peer]);
    const process = new Process([...within, PTPCHAT, role, "--home", home, "--listen", listen, ...alone, ...called, ...words]);
    try {
      const ready = await process.until("the ready line", (line) => line.ready === true, { withinMs: START_MS });
      return new Node(process, home, ready);
    } catch (error) {
      await process.stop();
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts a command on this node's home; it runs until it ends by itself or is stopped. */
  begin(...words: string[]): Process {
    return new Process([PTPCHAT, ...words, "--home", this.home]);
  }

  /** Runs a command to its end. */
  async run(...words: string[]): Promise<Ran> {
    const command = this.begin(...words);
    await command.finished();
    return { code: command.ended?.code ?? null, lines: command.lines, errors: command.errors };
  }

  /** Runs a command that must succeed, with `--json`; resolves with its lines. */
  async ask(...words: string[]): Promise<readonly Line[]> {
    const { code, lines, errors } = await this.run(...words, "--json");
    if (code !== 0)
      throw new Error(`${words.join(" ")} ended with ${code}: ${errors}\n${lines.map((line) => JSON.stringify(line)).join("\n")}`);
    return lines;
  }

  /**
   * Asks until the answer fits: for what the node learns from the network and shows, but does not announce.
   * @returns the lines of the answer that fitted
   */
  async askUntil(words: readonly string[], fits: (lines: readonly Line[]) => boolean, withinMs = 12_000): Promise<readonly Line[]> {
    const end = performance.now() + withinMs;
    for (;;) {
      const lines = await this.ask(...words);
      if (fits(lines)) return lines;
      if (performance.now() > end) throw new Error(`${words.join(" ")} still says ${JSON.stringify(lines)}`);
    }
  }

  /** Waits until this node hears a peer: before that it takes neither CONNECT nor RELAY from it. */
  async hears(endpoint: string): Promise<void> {
    await this.askUntil(["peers"], (lines) => lines.some((peer) => peer.endpoint === endpoint && peer.live === true));
  }

  /** Watches the node's traffic; resolves once the watch is on. */
  async tap(): Promise<Process> {
    const tap = this.begin("tap", "--json");
    await tap.until("the first traffic", (line) => line.direction !== undefined);
    return tap;
  }

  /** Ends the node, whose home stays. */
  async end(): Promise<void> {
    await this.process.stop();
  }

  /** Ends the node and removes its home; resolves with how long the end took, in ms. */
  async stop(): Promise<number> {
    const tookMs = await this.process.stop();
    await rm(this.home, { recursive: true, force: true });
    return tookMs;
  }
}
