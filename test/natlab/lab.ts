/**
 * Two homes behind NATs and a rendezvous between them, with real nodes on each: what the tests of this folder stand on.
 *
 *   A ── NA ──┐
 *             ├── internet ── S (203.0.113.10)
 *   B ── NB ──┘
 *
 * Both homes use the same private network, as real homes do. README.md says how the NATs are made.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { Node } from "../foreign/node.ts";
import type { Line, Process } from "../foreign/process.ts";

const NATLAB = join(import.meta.dirname, "natlab");
const call = promisify(execFile);

/** A NAT as the laboratory names it, with the choice of its public ports. */
export interface Nat {
  readonly type: "full-cone" | "restricted-cone" | "port-restricted" | "symmetric" | "udp-blocked";
  readonly ports?: "random" | "preserve" | "sequential";
}

export const S_ENDPOINT = "203.0.113.10:7667";
export const A_PUBLIC = "203.0.113.101";
export const B_PUBLIC = "203.0.113.102";

/** A `describe` that needs the laboratory: it runs wherever it can, must run where `PTPCHAT_TEST_NATLAB` is 1 or `all`, and else says why not. */
export function laboratory(name: string, body: () => void, tools: readonly string[] = []): void {
  const missing = whatIsMissing(tools);
  if (missing === null || ["1", "all"].includes(process.env.PTPCHAT_TEST_NATLAB ?? "")) describe(name, body);
  else describe.skip(`${name} (skipped: the NAT laboratory needs ${missing})`, body);
}

function whatIsMissing(tools: readonly string[]): string | null {
  if (process.platform !== "linux") return "Linux";
  if (process.getuid?.() !== 0) return "root";
  for (const tool of ["ip", "nft", "python3", ...tools]) {
    try {
      execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" });
    } catch {
      return tool;
    }
  }
  return null;
}

export class Lab {
  readonly #id: string;
  readonly #namespaces: Readonly<Record<string, { ns: string }>>;
  readonly #folders: string[] = [];
  readonly #started: { stop(): Promise<unknown> }[] = [];
  #down: Promise<void> | undefined;

  private constructor(id: string, namespaces: Readonly<Record<string, { ns: string }>>) {
    this.#id = id;
    this.#namespaces = namespaces;
  }

  /** Builds a laboratory of its own; several may stand at once. */
  static up(na: Nat, nb: Nat): Promise<Lab> {
    const hosts = { S: { addr: "203.0.113.10" }, A: { nat: "NA", addr: "192.168.1.10" }, B: { nat: "NB", addr: "192.168.1.20" } };
    return Lab.of({ hosts, nats: { NA: { addr: A_PUBLIC, ...na }, NB: { addr: B_PUBLIC, ...nb } } });
  }

  /** A and B in one home; S elsewhere. */
  static oneHome(nat: Nat): Promise<Lab> {
    const hosts = { S: { addr: "203.0.113.10" }, A: { nat: "NA", addr: "192.168.1.10" }, B: { nat: "NA", addr: "192.168.1.20" } };
    return Lab.of({ hosts, nats: { NA: { addr: A_PUBLIC, ...nat } } });
  }

  static async of(topology: object): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), "natlab-"));
    const file = join(folder, "topology.json");
    try {
      await writeFile(file, JSON.stringify(topology));
      const { stdout } = await call(NATLAB, ["up", file, "--json", "--owner", String(process.pid)]);
      const { lab, nodes } = JSON.parse(stdout) as { lab: string; nodes: Record<string, { ns: string }> };
      return new Lab(lab, nodes);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The words that run a command on one host. */
  within(host: string): readonly string[] {
    return ["ip", "netns", "exec", this.#namespaces[host]?.ns ?? "", "env"];
  }

  /** Runs a command on one host, to its end. */
  async runOn(host: string, ...words: string[]): Promise<void> {
    const [program = "", ...before] = this.within(host);
    await call(program, [...before, ...words]);
  }

  /** Has something ended together with the laboratory. */
  keep<T extends { stop(): Promise<unknown> }>(started: T): T {
    this.#started.push(started);
    return started;
  }

  /** A directory that is gone with the laboratory. */
  folder(name: string): string {
    const path = mkdtempSync(join(tmpdir(), `ptpchat-${name}-`));
    this.#folders.push(path);
    return path;
  }

  /** @param host - a public one */
  async rendezvous(host = "S", listen = S_ENDPOINT): Promise<Node> {
    return this.keep(await Node.start({ role: "rendezvous", listen, within: this.within(host) }));
  }

  /** A node in one of the homes that knows S. */
  async node(host: "A" | "B", ...words: string[]): Promise<Node> {
    return this.keep(await Node.start({ listen: "0.0.0.0:7667", peers: [S_ENDPOINT], words, within: this.within(host) }));
  }

  /** A node in one of the homes that knows nobody, and looks around. */
  async nodeOnLan(host: "A" | "B", ...words: string[]): Promise<Node> {
    return this.keep(await Node.start({ listen: "0.0.0.0:7667", words: ["--lan", "on", ...words], within: this.within(host) }));
  }

  /** A command of the laboratory itself, as `link A down`. */
  async do(...words: string[]): Promise<void> {
    await call(NATLAB, [...words, "--lab", this.#id]);
  }

  /** Ends all that was started in it; a second call does nothing. */
  down(): Promise<void> {
    this.#down ??= this.#takeDown();
    return this.#down;
  }

  async #takeDown(): Promise<void> {
    try {
      await Promise.all(this.#started.splice(0).map((each) => each.stop()));
      await Promise.all(this.#folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
    } finally {
      await call(NATLAB, ["down", "--lab", this.#id]);
    }
  }
}

/** One message in a node's traffic. */
export interface Seen {
  readonly direction: "in" | "out";
  readonly endpoint: string;
  readonly verb: string;
  /** The node at the other end where it was said inside a session. */
  readonly session: string | null;
  readonly data: Record<string, unknown>;
}

/** The traffic of one verb that a tap has shown so far. */
export function seen(tap: Process, verb: string): Seen[] {
  return tap.lines
    .filter(isTraffic)
    .map(read)
    .filter((message) => message.verb === verb);
}

/** Waits for a message in a node's traffic; of several, for the `count`th. */
export async function see(
  tap: Process,
  verb: string,
  direction: "in" | "out",
  { endpoint, count = 1 }: { endpoint?: string; count?: number } = {},
): Promise<Seen> {
  const fits = (line: Line) => {
    if (!isTraffic(line)) return false;
    const message = read(line);
    return message.verb === verb && message.direction === direction && (endpoint === undefined || message.endpoint === endpoint);
  };
  return read(await tap.until(`${verb} ${direction}${endpoint === undefined ? "" : ` ${endpoint}`}`, fits, { count }));
}

function isTraffic(line: Line): boolean {
  return typeof line.text === "string" && line.direction !== undefined;
}

/** Reads the datagram itself: what a RELAY carries is not the datagram's verb. */
function read(line: Line): Seen {
  const { direction, endpoint, session, text } = line as {
    direction: "in" | "out";
    endpoint: string;
    session: string | null;
    text: string;
  };
  const { msg_type, msg_data } = JSON.parse(text) as { msg_type: string; msg_data?: Record<string, unknown> };
  return { direction, endpoint, verb: msg_type, session, data: msg_data ?? {} };
}

/** Waits until S has heard both homes; resolves with the public endpoints of their HELLO sockets. */
export async function bothKnown(s: Node): Promise<{ a: string; b: string }> {
  const at = (lines: readonly Line[], ip: string) =>
    lines.map(({ endpoint }) => String(endpoint)).find((endpoint) => endpoint.startsWith(`${ip}:`));
  const lines = await s.askUntil(["peers"], (all) => at(all, A_PUBLIC) !== undefined && at(all, B_PUBLIC) !== undefined);
  return { a: at(lines, A_PUBLIC) ?? "", b: at(lines, B_PUBLIC) ?? "" };
}
