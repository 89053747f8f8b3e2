/** Cores on a fake wire under one virtual clock: no sockets, no NATs, no loss unless a test asks for it. */
import {
  type Change,
  type Command,
  type DropReason,
  type Input,
  type Instant,
  isOfMailboxes,
  NO_CONTACTS,
  NOBODY_QUIET,
  Node,
  type NodeConfig,
  type NodeEvent,
  type Output,
} from "../../src/core/index.ts";
import { EventShelf } from "../../src/core/log/event-shelf.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import {
  BLOCK_HEAD_BYTES,
  type BodyOf,
  decode,
  type Endpoint,
  encode,
  endpoint,
  type Ip,
  ipOf,
  type Message,
} from "../../src/wire/index.ts";
import { FakeCertificates, fakeCertificate } from "./fake-certificates.ts";
import { TcpWire } from "./tcp-wire.ts";

const NOBODY = 0;
export const LATENCY_MS = 5;
/** About the length of a real one. */
const CERTIFICATE_BYTES = 300;

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
  ip: Ip;
  readonly node: Node | null;
  readonly events: (NodeEvent & { at: Instant })[] = [];
  readonly drops: { reason: string; from: Endpoint }[] = [];
  readonly inbox: Sent[] = [];
  readonly saves: Extract<Output, { kind: "save" }>[] = [];
  readonly sockets = new Map<number, Endpoint>();
  /** Signed events that were saved. */
  readonly shelf: EventShelf;
  /** Blocks and lists of files, by root, level and number. */
  readonly blocks = new Map<string, Uint8Array>();
  /** How long its disk takes for a block. */
  readMs = 1;
  /** How fetches ended, by root. */
  readonly fetched = new Map<string, "untrue" | null>();
  /** What a host that lies makes of a block before it gives it. */
  alters: (bytes: Uint8Array) => Uint8Array | null = (bytes) => bytes;
  /** Answers `save` with `saved` at once; a test may turn it off or make it fail. */
  saveAnswer: "saved" | "none" | { code: string } = "saved";
  /** Whether `open` is answered with a socket, or with an error of the system. */
  openAnswer: "opened" | "failed" = "opened";
  #nextPort = 40_000;

  constructor(world: World, at: Endpoint, ip: Ip, config: Partial<NodeConfig> | null) {
    this.world = world;
    this.ip = ip;
    this.sockets.set(0, at);
    this.shelf = config?.events instanceof EventShelf ? config.events : new EventShelf();
    this.node = config === null ? null : new Node(configOf(world, { events: this.shelf, ...config }), world.now);
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
  got<V extends Message["verb"]>(verb: V): BodyOf<V>[] {
    return this.inbox.flatMap((sent) => {
      const decoded = decode(sent.bytes);
      return decoded.ok && decoded.message.verb === verb ? [decoded.message.body as unknown as BodyOf<V>] : [];
    });
  }

  /** When messages of one verb came in here. */
  times(verb: Message["verb"]): Instant[] {
    return this.inbox.flatMap((sent) => (verbOf(sent.bytes) === verb ? [sent.at + LATENCY_MS] : []));
  }

  /** The verbs of what came in here, in order. */
  verbs(): string[] {
    return this.inbox.map((sent) => verbOf(sent.bytes) ?? "?");
  }

  /** How often this node dropped something for `reason`. */
  dropped(reason: DropReason): number {
    return this.drops.filter((drop) => drop.reason === reason).length;
  }

  /** The events of one type, in order. */
  saw<Type extends NodeEvent["type"]>(type: Type): (Extract<NodeEvent, { type: Type }> & { at: Instant })[] {
    return this.events.filter((event) => event.type === type) as (Extract<NodeEvent, { type: Type }> & { at: Instant })[];
  }

  posts(): string[] {
    return this.events.flatMap((event) => (event.type === "post" && !event.own ? [event.text] : []));
  }

  /** The host gets another address; its NAT, or its network, changed under it. */
  move(to: Endpoint): void {
    this.ip = ipOf(to);
    this.sockets.set(0, to);
  }

  receive(sent: Sent): void {
    this.inbox.push(sent);
    const socket = [...this.sockets].find(([, at]) => at === sent.to)?.[0];
    if (socket !== undefined) this.step({ kind: "datagram", socket, from: sent.from, bytes: sent.bytes });
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case "send": {
        if (this.world.tcp.send(this, output.socket, output.bytes)) return;
        const from = this.sockets.get(output.socket);
        if (from !== undefined) this.world.carry(from, output.to, output.bytes);
        return;
      }
      case "open": {
        if (output.tcp !== undefined) return this.world.tcp.open(this, output.socket, output.tcp);
        if (this.openAnswer === "failed") {
          this.world.later(NOBODY, () => this.step({ kind: "socket-failed", socket: output.socket, code: "EMFILE" }));
          return;
        }
        const port = this.#nextPort++;
        this.sockets.set(output.socket, endpoint(this.ip, port));
        this.world.later(NOBODY, () => this.step({ kind: "socket-opened", socket: output.socket, port }));
        return;
      }
      case "close":
        this.world.tcp.close(this, output.socket);
        this.sockets.delete(output.socket);
        return;
      case "save": {
        this.saves.push(output);
        const answer = this.saveAnswer;
        if (answer === "none") return;
        const input: Input =
          answer === "saved" ? { kind: "saved", batch: output.batch } : { kind: "save-failed", batch: output.batch, code: answer.code };
        this.world.later(1, () => {
          if (answer === "saved") shelve(this.shelf, output.changes);
          this.step(input);
        });
        return;
      }
      case "read-block": {
        const held = this.blocks.get(`${output.root} ${output.level} ${output.index}`);
        const bytes = held === undefined ? null : this.alters(held);
        const message = bytes === null ? null : new Uint8Array(BLOCK_HEAD_BYTES + bytes.length);
        if (bytes !== null) message?.set(bytes, BLOCK_HEAD_BYTES);
        this.world.later(this.readMs, () => this.step({ kind: "block-read", read: output.read, message }));
        return;
      }
      case "keep-block": {
        const { root, level, index } = output;
        this.blocks.set(`${root} ${level} ${index}`, output.bytes.slice());
        this.world.later(1, () => this.step({ kind: "block-kept", root, level, index }));
        return;
      }
      case "fetch-ended":
        this.fetched.set(output.root, output.reason);
        return;
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
  readonly #nodes: Host[] = [];
  readonly sent: Sent[] = [];
  readonly tcp = new TcpWire(this);
  /** Says which datagrams get lost. */
  loses: (sent: Sent) => boolean = () => false;
  /** What is to happen, the earliest first, and of one instant what was said first. */
  readonly #queue: { at: Instant; run: () => void }[] = [];
  random = 1;

  /** A byte (Lehmer's generator). */
  chance(): number {
    this.random = (this.random * 48_271) % 2_147_483_647;
    return this.random & 255;
  }

  /** A full node at `ip:port`, started. */
  node(at: string, config: Partial<NodeConfig> = {}): Host {
    const host = new Host(this, at as Endpoint, ipOf(at as Endpoint), config);
    this.hosts.push(host);
    this.#nodes.push(host);
    host.step({ kind: "start" });
    return host;
  }

  /** A peer that is played by the test. */
  bare(at: string): Host {
    const host = new Host(this, at as Endpoint, ipOf(at as Endpoint), null);
    this.hosts.push(host);
    return host;
  }

  /** The host stops without a word, where it has not before. */
  crash(host: Host): void {
    if (!this.hosts.includes(host)) return;
    this.hosts.splice(this.hosts.indexOf(host), 1);
    this.#nodes.splice(this.#nodes.indexOf(host), 1);
  }

  carry(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const sent = { at: this.now, from, to, bytes, text: new TextDecoder().decode(bytes) };
    this.sent.push(sent);
    if (!this.loses(sent)) this.later(LATENCY_MS, () => this.#deliver(sent));
  }

  later(ms: number, run: () => void): void {
    const at = this.now + ms;
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1] as { at: Instant }).at > at) place--;
    this.#queue.splice(place, 0, { at, run });
  }

  /** Lets `ms` of virtual time pass. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#queue[0];
      const wake = Math.min(...this.#nodes.map((host) => host.node?.wakeAt ?? Number.POSITIVE_INFINITY));
      const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, wake);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= wake) {
        this.#queue.shift();
        next.run();
      } else for (const host of this.#nodes) if (host.node !== null && host.node.wakeAt <= this.now) host.step({ kind: "wake" });
    }
    this.now = end;
  }

  /** `host` says HELLO to `to` now and every `everyMs` from here on, until the function that comes back is called. */
  rhythm(host: Host, to: Endpoint, everyMs = 1_000): () => void {
    let going = true;
    const beat = () => {
      if (!going) return;
      host.send(to, encode("HELLO"));
      this.later(everyMs, beat);
    };
    beat();
    return () => {
      going = false;
    };
  }

  /** Says HELLO from `host` to `to` once a second for `seconds`. */
  hello(host: Host, to: Endpoint, seconds: number): void {
    for (let at = 0; at < seconds; at++) {
      host.send(to, encode("HELLO"));
      this.run(1_000);
    }
  }

  #deliver(sent: Sent): void {
    const ip = ipOf(sent.to);
    for (const host of this.hosts) if (host.ip === ip && [...host.sockets.values()].includes(sent.to)) host.receive(sent);
  }
}

/** Keeps what is signed, as a store does. */
function shelve(shelf: EventShelf, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind === "signed") shelf.keep(change);
    else if (change.kind === "log-move") shelf.move(change.channel, change.move);
    else if (change.kind === "log") shelf.keepLog(change.channel, change.row);
    else if (change.kind === "opened") shelf.open(change.opened);
    else if (change.kind === "prekey") shelf.keepPrekey(change.prekey);
    else if (change.kind === "sender-key") shelf.keepSenderKey(change.key);
    else if (change.kind === "keys-old") shelf.forgetKeys(change.before);
    else if (isOfMailboxes(change)) shelf.keepMailboxes(change);
  }
}

export function verbOf(bytes: Uint8Array): Message["verb"] | null {
  const decoded = decode(bytes);
  return decoded.ok ? decoded.message.verb : null;
}

export function configOf(world: World, config: Partial<NodeConfig>): NodeConfig {
  const publicKey = new Uint8Array(32).fill(world.hosts.length + 1);
  return {
    publicKey,
    certificate: fakeCertificate(publicKey, "n".repeat(CERTIFICATE_BYTES - 37)),
    signingKey: null,
    certificates: new FakeCertificates(),
    peers: [],
    compatNodeId: false,
    rendezvous: false,
    epoch: 1_790_000_000_000,
    restored: { channels: [], members: [], logs: [], recent: [] },
    events: new EventShelf(),
    quiet: NOBODY_QUIET,
    contacts: NO_CONTACTS,
    crypto: sodiumCrypto,
    random: (length) => Uint8Array.from({ length }, () => world.chance()),
    ...config,
  };
}
