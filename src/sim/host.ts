/**
 * A machine with one node on it: carries out what the core puts out (datagrams, sockets, saving) and brings it what
 * happens, as `net` and `app` do in the real program. It can stop at any moment and start again with what its disk holds.
 */
import type { Command, ContactNodes, Input, Instant, Node, NodeConfig, NodeEvent, Output, SocketId, Timestamp } from "../core/index.ts";
import { MAIN_SOCKET, NEVER, NO_CONTACTS, NOBODY_QUIET } from "../core/index.ts";
import { base32, type Ed25519KeyPair } from "../crypto/index.ts";
import { type Endpoint, endpoint, type Ip, portOf } from "../wire/index.ts";
import { simCertificate, simCertificates } from "./certificates.ts";
import { Disk } from "./disk.ts";
import type { Internet, Site } from "./internet.ts";
import type { Link } from "./link.ts";
import { type Attachment, type Family, familyOf, type Receiver } from "./network.ts";
import type { Random } from "./random.ts";
import { type Datagram, type Fate, tickAt, type World } from "./world.ts";

/** The part of a node that the simulator uses, so that a test can put something between. */
export type SimNode = Pick<
  Node,
  "step" | "wakeAt" | "peers" | "sessions" | "routes" | "channels" | "members" | "missing" | "locked" | "plan" | "eyes" | "counters"
>;
export type MakeNode = (config: NodeConfig) => SimNode;

/** The wall clock at the simulation's beginning; any fixed time does. */
export const SIM_EPOCH: Timestamp = 1_800_000_000_000;
/** The port of `ptpchat` unless told otherwise. */
export const MAIN_PORT = 7_667;
const EPHEMERAL_PORT_MIN = 49_152;
const EPHEMERAL_PORTS = 16_384;
/** A node that wants to be woken so often without time passing would never let it pass. */
const WAKES_PER_INSTANT_MAX = 1_000;

export interface HostOptions {
  readonly name: string;
  readonly site: Site;
  /** Default: IPv4 only. */
  readonly families?: readonly Family[];
  readonly peers?: readonly Endpoint[];
  readonly rendezvous?: boolean;
  readonly compatNodeId?: boolean;
  /** True: it holds no sessions. */
  readonly bareOnly?: boolean;
  /** Primitives of its own: a liar's, which changes what it is given to seal. */
  readonly crypto?: NodeConfig["crypto"];
  /** To whom its user gave names. Default: nobody. */
  readonly contacts?: ContactNodes;
  /** True: it keeps for its contacts what others leave for them. */
  readonly mailbox?: boolean;
  /** What is made of all that its core puts out: a liar's. */
  readonly bend?: (output: Output) => Output[];
}

export interface HostParts {
  readonly world: World;
  readonly internet: Internet;
  readonly random: Random;
  readonly makeNode: MakeNode;
  readonly crypto: NodeConfig["crypto"];
}

/** A socket's port, and the endpoint that it sends from in each family that the host has. */
interface Bound {
  readonly port: number;
  readonly v4: Endpoint | undefined;
  readonly v6: Endpoint | undefined;
  /** When something was last sent from it, or it was opened. */
  sentAt: Instant;
}

export class Host implements Receiver {
  readonly name: string;
  readonly passesOn = false;
  readonly disk: Disk;
  readonly peers: readonly Endpoint[];
  /** Its key, in base32; null for a host that holds no sessions. */
  readonly nodeId: string | null;
  /** Every event since the simulation began, in their order. */
  readonly events: NodeEvent[] = [];
  /** Milliseconds by which this host's wall clock is wrong. */
  clockSkewMs = 0;
  /** Its user has put it away: the end of a fault does not start it. */
  isAway = false;
  readonly #parts: HostParts;
  readonly #options: HostOptions;
  readonly #keyPair: Ed25519KeyPair;
  readonly #certificate: Uint8Array;
  readonly #bound = new Map<SocketId, Bound>();
  readonly #sockets = new Map<number, SocketId>();
  #site: Site;
  #ips: ReadonlyMap<Family, Ip>;
  #attachment: Attachment;
  #node: SimNode | null = null;
  #startedAt: Instant = 0;
  #starts = 0;
  #wakePlannedAt: Instant = NEVER;
  #wakes = { at: 0, count: 0 };

  constructor(options: HostOptions, parts: HostParts) {
    this.name = options.name;
    this.#site = options.site;
    this.peers = options.peers ?? [];
    this.#options = options;
    this.#parts = parts;
    this.disk = new Disk(parts.world, parts.random.fork("disk"));
    const { ips, attachment } = parts.internet.plugIn(options.site, options.families ?? ["v4"], this);
    this.#ips = ips;
    this.#attachment = attachment;
    this.#keyPair = parts.crypto.ed25519KeyPair(parts.random.bytes(32));
    this.#certificate = simCertificate(this.#keyPair.publicKey, options.name);
    this.nodeId = options.bareOnly === true ? null : base32(this.#keyPair.publicKey);
  }

  get site(): Site {
    return this.#site;
  }

  /** The keys of its identity. */
  get keyPair(): Ed25519KeyPair {
    return this.#keyPair;
  }

  get ips(): ReadonlyMap<Family, Ip> {
    return this.#ips;
  }

  /** The host's own link; behind a NAT box that of the LAN. */
  get link(): Link {
    return this.#attachment.link;
  }

  get running(): boolean {
    return this.#node !== null;
  }

  /** How often it was started: tells the node before a crash from the one after it. */
  get incarnation(): number {
    return this.#starts;
  }

  /** The running node's views. @throws Error when the host is down */
  get node(): SimNode {
    if (this.#node === null) throw new Error(`${this.name} is down`);
    return this.#node;
  }

  /** The open sockets, and when something was last sent from each, by the simulation's clock. */
  get sockets(): Map<SocketId, Instant> {
    return new Map([...this.#bound].map(([socket, { sentAt }]) => [socket, sentAt]));
  }

  /** The node's own clock. */
  get now(): Instant {
    return this.#parts.world.now - this.#startedAt;
  }

  /** The listening endpoint as the LAN sees it, and for a public host everybody. */
  endpoint(family: Family = "v4"): Endpoint {
    const ip = this.ips.get(family);
    if (ip === undefined) throw new Error(`${this.name} has no ${family} address`);
    return endpoint(ip, MAIN_PORT);
  }

  start(): void {
    if (this.#node !== null) throw new Error(`${this.name} already runs`);
    const { world } = this.#parts;
    this.#startedAt = Math.ceil(world.now);
    this.#starts++;
    this.#node = this.#parts.makeNode(this.#config());
    this.#bind(MAIN_SOCKET, MAIN_PORT);
    const peers = [...this.peers, ...this.disk.restored().members.map((member) => member.endpoint)];
    if (world.watched) world.note({ kind: "started", at: world.now, host: this.name, peers, nodeId: this.nodeId });
    this.#later(this.#startedAt - world.now, { kind: "start" });
    this.#later(this.#startedAt - world.now, { kind: "own-endpoints", endpoints: this.#ownEndpoints() });
  }

  /** Stops without a word. @param unsavedKept - so many of the batches not yet confirmed are on the disk all the same */
  stop(unsavedKept: number): void {
    const { world } = this.#parts;
    this.disk.stop(unsavedKept);
    this.#node = null;
    this.#wakePlannedAt = NEVER;
    this.#bound.clear();
    this.#sockets.clear();
    if (world.watched) world.note({ kind: "stopped", at: world.now, host: this.name, unsavedKept });
  }

  command(command: Command): void {
    const { world } = this.#parts;
    if (world.watched) world.note({ kind: "command", at: world.now, host: this.name, command });
    this.#step({ kind: "command", command });
  }

  /**
   * Goes to another place, from Wi-Fi to cable say: other addresses, the same ports, and whatever boxes are there.
   * @param told - false when the system does not tell the node that its network has changed
   */
  move(site: Site, told: boolean): void {
    const { internet, world } = this.#parts;
    internet.unplug(this.#site, this.#ips);
    const families = (this.#options.families ?? ["v4"]).filter((family) => site.families.includes(family));
    const { ips, attachment } = internet.plugIn(site, families, this);
    this.#site = site;
    this.#ips = ips;
    this.#attachment = attachment;
    for (const [socket, { port }] of this.#bound) this.#bind(socket, port);
    if (world.watched) world.note({ kind: "renamed", at: world.now, host: this.name });
    if (!told || this.#node === null) return;
    this.#step({ kind: "network" });
    this.#step({ kind: "own-endpoints", endpoints: this.#ownEndpoints() });
  }

  /** Sets the wall clock wrong by so much; the monotonic one goes on. */
  setClock(skewMs: number): void {
    this.clockSkewMs = skewMs;
    if (this.#node !== null) this.#step({ kind: "clock", epoch: this.#epoch() });
  }

  receive(datagram: Datagram): void {
    const { world } = this.#parts;
    const socket = this.#sockets.get(portOf(datagram.to));
    if (socket === undefined) return this.#swallow(datagram, "closed");
    const bound = this.#bound.get(socket);
    if (bound?.v4 !== datagram.to && bound?.v6 !== datagram.to) return this.#swallow(datagram, "unknown-address"); // it has gone elsewhere
    if (world.watched) world.note({ kind: "arrived", at: world.now, host: this.name, socket, datagram });
    this.#step({ kind: "datagram", socket, from: datagram.from, bytes: datagram.bytes });
  }

  #ownEndpoints(): Endpoint[] {
    return [...this.#ips.values()].map((ip) => endpoint(ip, MAIN_PORT));
  }

  #config(): NodeConfig {
    return {
      publicKey: this.#keyPair.publicKey,
      signingKey: this.#options.bareOnly === true ? null : this.#keyPair,
      certificate: this.#certificate,
      certificates: simCertificates,
      peers: this.peers,
      compatNodeId: this.#options.compatNodeId ?? false,
      rendezvous: this.#options.rendezvous ?? false,
      epoch: this.#epoch(),
      restored: this.disk.restored(),
      events: this.disk.shelf,
      quiet: NOBODY_QUIET,
      contacts: this.#options.contacts ?? NO_CONTACTS,
      mailbox: this.#options.mailbox ?? false,
      crypto: this.#options.crypto ?? this.#parts.crypto,
      random: this.#parts.random.fork(`node ${this.#starts}`).bytes,
    };
  }

  #epoch(): Timestamp {
    return SIM_EPOCH + this.#startedAt + this.clockSkewMs;
  }

  /** One call in, one list out, and its end is carried out before anything else happens. */
  #step(input: Input): void {
    if (this.#node === null) throw new Error(`${this.name} is down`);
    const { bend } = this.#options;
    const outputs = this.#node.step(this.now, input);
    for (const output of bend === undefined ? outputs : outputs.flatMap(bend)) this.#carryOut(output);
    this.#planWake();
  }

  /** Brings an answer that takes time, unless the node has gone meanwhile. */
  #later(ms: number, input: Input): void {
    const starts = this.#starts;
    this.#parts.world.after(ms, () => {
      if (this.#node !== null && this.#starts === starts) this.#step(input);
    });
  }

  #carryOut(output: Output): void {
    const { world } = this.#parts;
    switch (output.kind) {
      case "send":
        return this.#send(output.socket, output.to, output.bytes);
      case "open":
        return this.#open(output.socket);
      case "close":
        return this.#close(output.socket);
      case "save":
        return this.#save(output.batch, output.changes);
      case "event":
        this.events.push(output.event);
        if (world.watched) world.note({ kind: "event", at: world.now, host: this.name, event: output.event });
        return;
      case "dropped":
        if (world.watched) world.note({ kind: "dropped", at: world.now, host: this.name, reason: output.reason, from: output.from });
    }
  }

  #send(socket: SocketId, to: Endpoint, bytes: Uint8Array): void {
    const { world } = this.#parts;
    const bound = this.#bound.get(socket);
    const from = bound?.[familyOf(to)];
    if (bound !== undefined) bound.sentAt = world.now;
    const datagram = { number: world.nextDatagram(), origin: this.name, from: from ?? to, to, bytes };
    if (world.watched) world.note({ kind: "sent", at: world.now, host: this.name, socket, datagram });
    if (from === undefined) this.#swallow(datagram, bound === undefined ? "no-socket" : "no-route");
    else this.#site.network.send(datagram, this.#attachment);
  }

  #open(socket: SocketId): void {
    let port: number;
    do port = EPHEMERAL_PORT_MIN + this.#parts.random.below(EPHEMERAL_PORTS);
    while (this.#sockets.has(port));
    this.#bind(socket, port);
    this.#later(0, { kind: "socket-opened", socket, port });
  }

  #bind(socket: SocketId, port: number): void {
    const [v4, v6] = [this.ips.get("v4"), this.ips.get("v6")];
    this.#bound.set(socket, { port, v4: v4 && endpoint(v4, port), v6: v6 && endpoint(v6, port), sentAt: this.#parts.world.now });
    this.#sockets.set(port, socket);
  }

  #close(socket: SocketId): void {
    const bound = this.#bound.get(socket);
    if (bound === undefined) throw new Error(`${this.name} closes socket ${socket}, which is not open`);
    this.#bound.delete(socket);
    this.#sockets.delete(bound.port);
  }

  #save(batch: number, changes: Parameters<Disk["write"]>[0]): void {
    const { world } = this.#parts;
    const starts = this.#starts;
    this.disk.write(changes, (code) => {
      if (world.watched) world.note({ kind: "saved", at: world.now, host: this.name, batch, changes: changes.length, code });
      if (this.#node === null || this.#starts !== starts) return;
      this.#step(code === null ? { kind: "saved", batch } : { kind: "save-failed", batch, code });
    });
  }

  /** Plans one wake at the node's `wakeAt`; an earlier plan that has become too early finds nothing due. */
  #planWake(): void {
    const node = this.#node;
    if (node === null || node.wakeAt === NEVER) return;
    const { world } = this.#parts;
    const at = Math.max(world.now, this.#startedAt + tickAt(node.wakeAt)); // a tick each, so that their sum is exact
    if (at >= this.#wakePlannedAt) return;
    this.#wakePlannedAt = at;
    world.after(at - world.now, () => this.#wake(at));
  }

  #wake(at: Instant): void {
    const node = this.#node;
    if (node === null || this.#wakePlannedAt !== at) return;
    this.#wakePlannedAt = NEVER;
    this.#wakes = this.#wakes.at === at ? { at, count: this.#wakes.count + 1 } : { at, count: 1 };
    if (this.#wakes.count > WAKES_PER_INSTANT_MAX) throw new Error(`${this.name} asks to be woken at ${node.wakeAt} again and again`);
    if (node.wakeAt > this.now) return this.#planWake();
    this.#step({ kind: "wake" });
  }

  #swallow(datagram: Datagram, fate: Fate): void {
    const { world } = this.#parts;
    if (world.watched) world.note({ kind: "swallowed", at: world.now, datagram, fate });
  }
}
