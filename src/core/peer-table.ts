/** The peers that this node knows, each with its paths. Bounded; strangers never push out those who are trusted. */
import type { Endpoint, Ip, VerbName } from "../wire/index.ts";
import { ipOf } from "../wire/index.ts";
import { MAIN_SOCKET, type PeerId, type SocketId } from "./io.ts";
import { ALIASES_MAX, PEERS_MAX, RELAYED_PER_PEER_MAX, STRANGERS_MAX } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import { isAddress, isLive, newPath, type Path, rankOf } from "./path.ts";
import type { OpenLetter } from "./session/letters.ts";
import type { Session } from "./session/session.ts";
import type { Instant } from "./time.ts";

export interface Peer {
  readonly id: PeerId;
  /** What relays and announcers call it: the endpoint that it was first met at. Its id, until it is met at one. */
  endpoint: Endpoint;
  /** What others call it, where they met it elsewhere. */
  readonly aliases: Endpoint[];
  /** Of a node whose key was proved; null for a bare peer. */
  session: Session | null;
  /** What it has not acknowledged yet, in its session. */
  readonly letters: Map<string, OpenLetter>;
  /** Best first, by {@link rankOf}; a peer without a path is forgotten. */
  readonly paths: Path[];
  /** Made with the first message that wants an ACK. */
  outbox: Outbox | null;
  /** It showed an extension of ours (`ptp`) or a `msg_id`, so it will repeat a `msg_id`. */
  echoes: boolean;
  /** It showed `ptp`, or has repeated a `msg_id` in an ACK, so an ACK without one is a late one of an earlier message. */
  echoed: boolean;
  /** It showed an extension of ours, so it may hold sessions; until it says otherwise nothing but HELLO is said to it in the clear. */
  knowsPtp: boolean;
  /** It acknowledged a handshake as the seed says, or says so: it holds no sessions. */
  seedOnly: boolean;
  /** The id that an old program puts into its HELLO. */
  nodeId: string | null;
  /** An old program by configuration: it is sent no verb that it has not shown. */
  compat: boolean;
  readonly shown: Set<VerbName>;
  /** It has JOINed a channel of ours: the rhythm allowance then covers MESSAGE and CERTIFICATE. */
  joined: boolean;
  /** What our JOINs to it carry: should that come back, it is ourselves. */
  selfMark: string | null;
  /** It said HELLO once: it gives way when the table is full. */
  newcomer: boolean;
  /** Reported as up; until then it is only an endpoint that we call. */
  up: boolean;
  routingAt: Instant;
}

export class PeerTable {
  readonly #peers = new Map<PeerId, Peer>();
  readonly #byName = new Map<Endpoint, Peer>();
  readonly #byEndpoint = new Map<Endpoint, Path>();
  readonly #byRelay = new Map<string, Path>();
  readonly #byIp = new Map<Ip, Set<Path>>();
  /** Strangers that said HELLO once, in the order they came: the first to give way. */
  #newcomers: Peer[] = [];
  #newcomersGone = 0;
  /** Strangers that gave way since this list was last emptied. */
  readonly evicted: Peer[] = [];
  #punched = 0;

  /** Punched paths, each of which holds a socket. */
  get punched(): number {
    return this.#punched;
  }

  get size(): number {
    return this.#peers.size;
  }

  all(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  get(id: PeerId): Peer | undefined {
    return this.#peers.get(id);
  }

  /** The direct or punched path whose datagrams come from `from`; never one over TCP. */
  pathAt(from: Endpoint): Path | undefined {
    return this.#byEndpoint.get(from);
  }

  /** The peer that relays and announcers call so. */
  named(name: Endpoint): Peer | undefined {
    return this.#byName.get(name);
  }

  /** The direct path to whoever is named so: by that name, or heard at that endpoint. */
  pathTo(name: Endpoint, now: Instant): Path | undefined {
    const named = this.#byName.get(name);
    return (named === undefined ? null : directPath(named, now)) ?? this.pathAt(name);
  }

  /** @param via - the second relay, of a way by node id over two */
  pathOver(relay: Path, endpoint: Endpoint, via: string | null = null): Path | undefined {
    return this.#byRelay.get(relayKey(relay, endpoint, via));
  }

  /** The direct paths to one address, in the order in which they came. */
  pathsAtIp(ip: Ip): ReadonlySet<Path> {
    return this.#byIp.get(ip) ?? new Set();
  }

  /** The peer at `endpoint`, made with a direct path when it is new; null when the table is full of better ones. */
  meet(endpoint: Endpoint, socket: SocketId, trusted: boolean): Path | null {
    const known = this.#byEndpoint.get(endpoint);
    if (known !== undefined) return known;
    if (!this.#makeRoom(trusted)) return null;
    const path = newPath("direct", endpoint, socket);
    path.trusted = trusted;
    const peer = this.addBare(endpoint);
    this.attach(peer, path);
    if (!trusted) this.#addNewcomer(peer);
    return path;
  }

  /** The path to the peer that `relay` knows as `endpoint`, made when it is new. */
  meetOver(relay: Path, endpoint: Endpoint): Path | null {
    const known = this.pathOver(relay, endpoint);
    if (known !== undefined) return known;
    if (relay.carries >= RELAYED_PER_PEER_MAX || !this.#makeRoom(false)) return null;
    const path = newPath("relay", endpoint, relay.socket, relay);
    const peer = this.addBare(endpoint);
    this.attach(peer, path);
    if (peer.paths.length === 1) this.#addNewcomer(peer);
    return path;
  }

  /** A way over several hops to a node that we hold no session with; null where that is not so, or the table is full. */
  meetRouted(path: Path): Path | null {
    if (path.relay === null || this.#peers.get(path.endpoint)?.session != null) return null;
    const known = this.pathOver(path.relay, path.endpoint, path.route?.via);
    if (known !== undefined) return known;
    if (path.relay.carries >= RELAYED_PER_PEER_MAX || !this.#makeRoom(false)) return null;
    this.attach(this.addBare(path.endpoint), path);
    return path;
  }

  attach(peer: Peer, path: Path): void {
    path.peer = peer;
    if (path.route === null && !isAddress(peer.endpoint)) this.#name(peer, path.endpoint);
    peer.paths.push(path);
    sortPaths(peer);
    if (holdsSocket(path)) this.#punched++;
    if (path.relay !== null) {
      path.relay.carries++;
      path.relayKey = relayKey(path.relay, path.endpoint, path.route?.via);
      this.#byRelay.set(path.relayKey, path);
      return;
    }
    if (path.kind === "tcp") return; // its endpoint says nothing of who is there over UDP
    this.#byEndpoint.set(path.endpoint, path);
    const ip = ipOf(path.endpoint);
    const paths = this.#byIp.get(ip) ?? new Set();
    this.#byIp.set(ip, paths.add(path));
  }

  /** Takes a path away, and with its last path the peer. */
  detach(path: Path): void {
    const peer = path.peer;
    if (peer === null) return;
    path.peer = null;
    peer.paths.splice(peer.paths.indexOf(path), 1);
    if (holdsSocket(path)) this.#punched--;
    if (path.relay !== null) {
      path.relay.carries--;
      if (path.relayKey !== null && this.#byRelay.get(path.relayKey) === path) this.#byRelay.delete(path.relayKey);
    } else if (path.kind !== "tcp") this.#forgetEndpoint(path);
    if (path.carries > 0) this.#handOver(path, peer);
    if (peer.paths.length === 0 && peer.session === null) this.#forget(peer);
  }

  /** What led over one path of a relay leads over another: the relay is a node with a session, and not that path. */
  #handOver(gone: Path, relay: Peer): void {
    const other = relay.session === null ? undefined : relay.paths.find((path) => path.relay === null);
    if (other === undefined) return;
    for (const path of this.#byRelay.values()) {
      if (path.relay !== gone) continue;
      path.relay = other;
      other.carries++;
      gone.carries--;
    }
  }

  #forget(peer: Peer): void {
    this.#peers.delete(peer.id);
    for (const name of [peer.endpoint, ...peer.aliases]) if (this.#byName.get(name) === peer) this.#byName.delete(name);
    peer.newcomer = false;
  }

  /** A node that was known by its id alone is met at an endpoint. */
  #name(peer: Peer, endpoint: Endpoint): void {
    if (this.#byName.get(peer.endpoint) === peer) this.#byName.delete(peer.endpoint);
    peer.endpoint = endpoint;
    if (this.#isFree(endpoint)) this.#byName.set(endpoint, peer);
  }

  /** A second HELLO, or a proof: it no longer gives way to strangers. */
  settle(peer: Peer): void {
    peer.newcomer = false;
  }

  #addNewcomer(peer: Peer): void {
    peer.newcomer = true;
    this.#newcomers.push(peer);
    if (this.#newcomers.length < 2 * PEERS_MAX) return;
    this.#newcomers = this.#newcomers.slice(this.#newcomersGone).filter((each) => each.newcomer);
    this.#newcomersGone = 0;
  }

  /** The bare peer of that name, made without a path when it is new; the caller attaches one. A node that once had the name keeps its key, not the name. */
  addBare(endpoint: Endpoint): Peer {
    return this.#peers.get(endpoint) ?? this.#newPeer(endpoint, endpoint);
  }

  /** The peer with that key, made without a path when it is new. */
  addFull(nodeId: PeerId, name: Endpoint): Peer {
    const peer = this.#peers.get(nodeId) ?? this.#newPeer(nodeId, name);
    peer.echoes = true;
    return peer;
  }

  /** Whoever others call so turned out to be `peer`. */
  addAlias(peer: Peer, name: Endpoint): void {
    if (!this.#isFree(name)) return;
    const oldest = peer.aliases.length < ALIASES_MAX ? undefined : peer.aliases.shift();
    if (oldest !== undefined && this.#byName.get(oldest) === peer) this.#byName.delete(oldest);
    peer.aliases.push(name);
    this.#byName.set(name, peer);
  }

  /** Lets go of a peer that has neither session nor path. */
  forgetIdle(peer: Peer): void {
    if (peer.paths.length === 0 && peer.session === null) this.#forget(peer);
  }

  #newPeer(id: PeerId, endpoint: Endpoint): Peer {
    const peer: Peer = {
      id,
      endpoint,
      aliases: [],
      session: null,
      letters: new Map(),
      paths: [],
      outbox: null,
      echoes: false,
      knowsPtp: false,
      seedOnly: false,
      echoed: false,
      nodeId: null,
      compat: false,
      shown: new Set(),
      joined: false,
      selfMark: null,
      newcomer: false,
      up: false,
      routingAt: 0,
    };
    this.#peers.set(id, peer);
    if (this.#isFree(endpoint)) this.#byName.set(endpoint, peer);
    return peer;
  }

  /** Nobody takes the name of a node that we know, nor that of a peer that is heard directly: it would get what is relayed to that. */
  #isFree(name: Endpoint): boolean {
    const holder = this.#byName.get(name);
    return holder === undefined || (holder.session === null && !holder.paths.some((path) => path.relay === null));
  }

  #makeRoom(trusted: boolean): boolean {
    if (this.#peers.size < (trusted ? PEERS_MAX : STRANGERS_MAX)) return true;
    while (this.#newcomersGone < this.#newcomers.length) {
      const newcomer = this.#newcomers[this.#newcomersGone++] as Peer;
      if (!newcomer.newcomer) continue;
      for (const path of [...newcomer.paths]) this.detach(path);
      this.evicted.push(newcomer);
      return true;
    }
    return false;
  }

  #forgetEndpoint(path: Path): void {
    if (this.#byEndpoint.get(path.endpoint) === path) this.#byEndpoint.delete(path.endpoint);
    const ip = ipOf(path.endpoint);
    const paths = this.#byIp.get(ip);
    paths?.delete(path);
    if (paths?.size === 0) this.#byIp.delete(ip);
  }
}

/** Puts the paths of a peer in the order of preference again, after one was added or has come to be trusted. */
export function sortPaths(peer: Peer): void {
  peer.paths.sort((a, b) => rankOf(a) - rankOf(b));
}

/** The path that data takes now: the best that may be used, the present one where several are as good; null when there is none. */
export function bestPath(peer: Peer, now: Instant): Path | null {
  const usable = peer.paths.filter((path) => isUsable(path, now));
  const best = usable.find((path) => now >= path.doubtedUntil) ?? usable[0] ?? null;
  const present = peer.session?.dataPath ?? null;
  if (best === null || present === null || present.peer !== peer || !isUsable(present, now)) return best;
  return rankOf(present) === rankOf(best) && now >= present.doubtedUntil ? present : best;
}

/** In a session only proven paths carry anything, and none that owes an answer for too long. */
function isUsable(path: Path, now: Instant): boolean {
  if (!isLive(path, now)) return false;
  return path.peer?.session === null || (path.trusted && !path.byName && !path.suspect);
}

/** The live path without a relay in between, for those who pass on; null when there is none. */
export function directPath(peer: Peer, now: Instant): Path | null {
  return peer.paths.find((path) => path.relay === null && isLive(path, now)) ?? null;
}

function holdsSocket(path: Path): boolean {
  return path.kind === "punched" && path.socket !== MAIN_SOCKET;
}

/** True while a session's node is reached over TCP. */
export function hasLiveTcp(peer: Peer, now: Instant): boolean {
  return peer.paths.some((path) => path.kind === "tcp" && isLive(path, now));
}

function relayKey(relay: Path, endpoint: Endpoint, via: string | null = null): string {
  const key = `${endpoint} over ${relay.peer?.endpoint ?? relay.endpoint}`;
  return via === null ? key : `${key} and ${via}`;
}
