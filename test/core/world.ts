/** Cores on a fake wire under one virtual clock: no sockets, no NATs, no loss unless a test asks for it. */
import { type Command, type Input, type Instant, Node, type NodeConfig, type NodeEvent, type Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { decode, type Endpoint, encode, endpoint, type Ip, type Message } from "../../src/wire/index.ts";

const NOBODY = 0;
export const LATENCY_MS = 5;

export interface Sent {
  readonly at: Instant;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** One host: a core, or a script of the test that only listens and sends. */
export class Host {
  readonly world: World;
  readonly ip: Ip;
  readonly node: Node | null;
  readonly events: (NodeEvent & { at: Instant })[] = [];
  readonly drops: { reason: string; from: Endpoint }[] = [];
  readonly inbox: Sent[] = [];
  readonly saves: Extract<Output, { kind: "save" }>[] = [];
  readonly sockets = new Map<number, Endpoint>();
  /** Answers `save` with `saved` at once; a test may turn it off or make it fail. */
  saveAnswer: "saved" | "none" | { code: string } = "saved";
  #nextPort = 40_000;

  constructor(world: World, at: Endpoint, ip: Ip, config: Partial<NodeConfig> | null) {
    this.world = world;
    this.ip = ip;
    this.sockets.set(0, at);
    this.node = config === null ? null : new Node(configOf(world, config), world.now);
  }

  get endpoint(): Endpoint {
    return this.sockets.get(0) as Endpoint;
  }

  step(input: Input): void {
    if (this.node === null) return;
    for (const output of this.node.step(this.world.now, input)) this.#carryOut(output);
  }

  command(command: Command): void {
    this.step({ kind: "command", command });
  }

  /** Sends a datagram as a foreign program would: from this host's endpoint, or from another port of it. */
  send(to: Endpoint, message: string | Uint8Array | object, port?: number): void {
    const from = port === undefined ? this.endpoint : endpoint(this.ip, port);
    if (port !== undefined) this.sockets.set(port, from);
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.world.carry(from, to, message instanceof Uint8Array ? message : new TextEncoder().encode(text));
  }

  /** The messages of one verb that came in here, decoded. */
  got<V extends Message["verb"]>(verb: V): Extract<Message, { verb: V }>["body"][] {
    return this.inbox.flatMap((sent) => {
      const decoded = decode(sent.bytes);
      return decoded.ok && decoded.message.verb === verb ? [decoded.message.body as Extract<Message, { verb: V }>["body"]] : [];
    });
  }

  posts(): string[] {
    return this.events.flatMap((event) => (event.type === "post" && !event.own ? [event.text] : []));
  }

  receive(sent: Sent): void {
    this.inbox.push(sent);
    const socket = [...this.sockets].find(([, at]) => at === sent.to)?.[0];
    if (socket !== undefined) this.step({ kind: "datagram", socket, from: sent.from, bytes: sent.bytes });
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case "send": {
        const from = this.sockets.get(output.socket);
        if (from !== undefined) this.world.carry(from, output.to, output.bytes);
        return;
      }
      case "open": {
        const port = this.#nextPort++;
        this.sockets.set(output.socket, endpoint(this.ip, port));
        this.world.later(NOBODY, () => this.step({ kind: "socket-opened", socket: output.socket, port }));
        return;
      }
      case "close":
        this.sockets.delete(output.socket);
        return;
      case "save": {
        this.saves.push(output);
        const answer = this.saveAnswer;
        if (answer === "none") return;
        const input: Input = answer === "saved" ? { kind: "saved", batch: output.batch } : { kind: "save-failed", batch: output.batch, code: answer.code };
        this.world.later(1, () => this.step(input));
        return;
      }
      case "event":
        this.events.push({ ...output.event, at: this.world.now });
        return;
      case "dropped":
        this.drops.push({ reason: output.reason, from: output.from });
        return;
    }
  }
}

export class World {
  now: Instant = 0;
  readonly hosts: Host[] = [];
  readonly sent: Sent[] = [];
  /** Says which datagrams get lost. */
  loses: (sent: Sent) => boolean = () => false;
  readonly #queue: { at: Instant; order: number; run: () => void }[] = [];
  #order = 0;
  random = 1;

  /** A full node at `ip:port`, started. */
  node(at: string, config: Partial<NodeConfig> = {}): Host {
    const host = new Host(this, at as Endpoint, at.slice(0, at.lastIndexOf(":")) as Ip, config);
    this.hosts.push(host);
    host.step({ kind: "start" });
    return host;
  }

  /** A peer that is played by the test. */
  bare(at: string): Host {
    const host = new Host(this, at as Endpoint, at.slice(0, at.lastIndexOf(":")) as Ip, null);
    this.hosts.push(host);
    return host;
  }

  carry(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const sent = { at: this.now, from, to, bytes, text: new TextDecoder().decode(bytes) };
    this.sent.push(sent);
    if (!this.loses(sent)) this.later(LATENCY_MS, () => this.#deliver(sent));
  }

  later(ms: number, run: () => void): void {
    this.#queue.push({ at: this.now + ms, order: this.#order++, run });
  }

  /** Lets `ms` of virtual time pass. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#next();
      const wake = Math.min(...this.hosts.map((host) => host.node?.wakeAt ?? Number.POSITIVE_INFINITY));
      const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, wake);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= wake) {
        this.#queue.splice(this.#queue.indexOf(next), 1);
        next.run();
      } else for (const host of this.hosts) if (host.node !== null && host.node.wakeAt <= this.now) host.step({ kind: "wake" });
    }
    this.now = end;
  }

  /** Sends `message` from `host` once a second for `seconds`. */
  hello(host: Host, to: Endpoint, seconds: number): void {
    for (let at = 0; at < seconds; at++) {
      host.send(to, encode("HELLO"));
      this.run(1_000);
    }
  }

  #next() {
    let first = this.#queue[0];
    for (const entry of this.#queue) if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    return first;
  }

  #deliver(sent: Sent): void {
    for (const host of this.hosts) if ([...host.sockets.values()].includes(sent.to)) host.receive(sent);
  }
}

function configOf(world: World, config: Partial<NodeConfig>): NodeConfig {
  return {
    publicKey: new Uint8Array(32).fill(world.hosts.length + 1),
    certificate: new Uint8Array(300).fill(0x30),
    peers: [],
    compatNodeId: false,
    rendezvous: false,
    epoch: 1_790_000_000_000,
    restored: { channels: [], members: [] },
    crypto: sodiumCrypto,
    random: (length) => Uint8Array.from({ length }, () => (world.random = (world.random * 48_271) % 2_147_483_647) & 255),
    ...config,
  };
}
