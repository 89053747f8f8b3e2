/**
 * A path: one way for datagrams to travel to a peer, with what was heard over it and the HELLO rhythm on it.
 * PROTOCOL.md §5.
 */
import { type Endpoint, ipOf, type NodeId, networkOf } from "../wire/index.ts";
import type { PathKind, SocketId } from "./io.ts";
import { FAST_GAP_MS, FAST_HELLOS, RHYTHM_GAP_MS, RHYTHM_HELLOS, RHYTHM_MS, SILENCE_FAST_MS, SILENCE_MS } from "./limits.ts";
import type { Peer } from "./peer-table.ts";
import { type Instant, NEVER_YET } from "./time.ts";
import type { TokenBucket } from "./token-bucket.ts";

/**
 * Why we say HELLO over a path at every tick, unasked: the user configured it or asked for it, a punch opened it, a
 * relay leads to a member who was announced to us, it was heard of on the local network, or signed lists show a way over
 * several hops; the last two alone earn no HELLO before a session is there. Null: only HELLOs that were earned.
 */
export type Keep = "configured" | "asked" | "punched" | "introduced" | "lan" | "routed";

/** Eight bytes that the other end of a session must send back, to show that it is there. */
export interface Challenge {
  readonly data: Uint8Array;
  readonly since: Instant;
  tries: number;
  nextAt: Instant;
}

export interface Path {
  readonly kind: PathKind;
  /** The peer's endpoint: where datagrams go, or, over a relay, the name under which the relay knows the peer. */
  readonly endpoint: Endpoint;
  /** The relay's own path, where there is one; another of its paths, when that one is gone and a session goes on. */
  relay: Path | null;
  /**
   * Over whom it goes where it does by node id, over several hops; then `endpoint` is the node's id, and `relay` the path to
   * the first of them. Null for a relay that knows the peer by an endpoint (PROTOCOL.md §17.4).
   */
  readonly route: Way | null;
  /** Whose byte credit pays: the IPv4 address or IPv6 /64 that receives our datagrams. */
  readonly network: string;
  /** Null while the endpoint has never said HELLO. */
  peer: Peer | null;
  socket: SocketId;
  keep: Keep | null;
  /** When `keep` began: an asked endpoint that stays silent is given up. */
  keptSince: Instant;
  /** True when the user named it or it has shown that it receives what we send: byte credit does not bind it. */
  trusted: boolean;
  heardAt: Instant;
  helloAt: Instant;
  /** HELLOs in a row at FAST_GAP_MS or faster. */
  fastHellos: number;
  rhythmSince: Instant;
  rhythmHellos: number;
  helloSentAt: Instant;
  /** Earned HELLOs not yet sent. */
  helloBank: number;
  /** True when a HELLO was already taken as the answer to our last one. */
  helloAnswered: boolean;
  /** Under which name the table has a path over a relay. */
  relayKey: string | null;
  /** How many paths lead over this one as their relay. */
  carries: number;
  /**
   * In a session: only the user's word says that its node is at this endpoint, since it was reached there over TCP. It may be
   * sent to, and carries nothing before a handshake or challenge has proved it over UDP.
   */
  byName: boolean;
  /** When we last gave this endpoint a cookie, and last repeated one of its. */
  cookieMadeAt: Instant;
  cookieSentAt: Instant;
  /** This endpoint's part of the rhythm allowance; made when first needed. */
  allowance: TokenBucket | null;
  /** When a handshake may be tried here again. */
  handshakeAt: Instant;
  /** When one was last begun here, how often in a row nothing came of it, and the copies of its first message that were acknowledged or may be. */
  attemptedAt: Instant;
  attemptsFailed: number;
  firstsSent: number;
  firstsAcked: number;
  /** A frame came from there under keys that we do not have. */
  claimed: boolean;
  /** Until when a node that speaks to us in a session from there has time to prove that it is there. */
  provingUntil: Instant;
  /** In sessions: what the other end owes us here, and whether it has owed it for too long. */
  challenge: Challenge | null;
  suspect: boolean;
  /** Until when other paths are taken first, though this one answers: data that went over it was not acknowledged. */
  doubtedUntil: Instant;
}

/** Over whom somebody can be reached: a neighbour of ours, and one more node where `via` is not null. */
export interface Way {
  readonly first: NodeId;
  readonly via: NodeId | null;
}

export function newPath(kind: PathKind, endpoint: Endpoint, socket: SocketId, relay: Path | null = null, route: Way | null = null): Path {
  return {
    kind,
    endpoint,
    relay,
    route,
    network: relay === null ? networkOf(ipOf(endpoint)) : relay.network,
    peer: null,
    socket,
    keep: null,
    keptSince: NEVER_YET,
    trusted: false,
    heardAt: NEVER_YET,
    helloAt: NEVER_YET,
    fastHellos: 0,
    rhythmSince: NEVER_YET,
    rhythmHellos: 0,
    helloSentAt: NEVER_YET,
    helloBank: 0,
    helloAnswered: true,
    relayKey: null,
    carries: 0,
    byName: false,
    cookieMadeAt: NEVER_YET,
    cookieSentAt: NEVER_YET,
    allowance: null,
    handshakeAt: NEVER_YET,
    attemptedAt: NEVER_YET,
    attemptsFailed: 0,
    firstsSent: 0,
    firstsAcked: 0,
    claimed: false,
    provingUntil: NEVER_YET,
    challenge: null,
    suspect: false,
    doubtedUntil: NEVER_YET,
  };
}

/** False for a node id, by which a path over several hops knows its far end. */
export function isAddress(name: string): boolean {
  return name.includes(":");
}

/** Where a datagram over this path goes to next: what people are shown of it. */
export function nextHop(path: Path): Endpoint {
  return path.route !== null && path.relay !== null ? path.relay.endpoint : path.endpoint;
}

/** Hops from us to the far end. */
export function hopsOf(path: Path): 1 | 2 | 3 {
  if (path.relay === null) return 1;
  return path.route?.via == null ? 2 : 3;
}

export function noteHello(path: Path, now: Instant): void {
  const gap = now - path.helloAt;
  path.fastHellos = gap <= FAST_GAP_MS ? path.fastHellos + 1 : 0;
  if (gap > RHYTHM_GAP_MS) {
    path.rhythmSince = now;
    path.rhythmHellos = 0;
  }
  path.rhythmHellos++;
  path.helloAt = now;
}

/** Heard from lately enough, and over a relay that is. Both ends of a session keep a rhythm of 2 s. */
export function isLive(path: Path, now: Instant): boolean {
  const isFast = path.fastHellos >= FAST_HELLOS || (path.peer !== null && path.peer.session !== null);
  const limit = isFast ? SILENCE_FAST_MS : SILENCE_MS;
  return now - path.heardAt < limit && (path.relay === null || isRelayLive(path.relay, now));
}

/** A relay that we hold a session with is reached over whichever of its paths is live. */
function isRelayLive(relay: Path, now: Instant): boolean {
  if (relay.peer?.session == null) return isLive(relay, now);
  return relay.peer.paths.some((path) => path.relay === null && isLive(path, now));
}

/** The same place, over the same relay if over any. A TCP connection is a place of its own, whatever its endpoint. */
export function isSameWay(one: Path, other: Path): boolean {
  if (one.kind === "tcp" || other.kind === "tcp") return one.kind === other.kind && one.socket === other.socket;
  if (one.endpoint !== other.endpoint || (one.relay === null) !== (other.relay === null)) return false;
  if (one.route?.via !== other.route?.via) return false;
  return one.relay === other.relay || (one.relay?.peer != null && one.relay.peer === other.relay?.peer);
}

/** Names the way of a path: the endpoint, and the relay where it goes over one, or the TCP connection. */
export function wayOf(path: Path): string {
  if (path.kind === "tcp") return `tcp ${path.socket} ${path.endpoint}`;
  if (path.relay === null) return path.endpoint;
  const way = `${path.endpoint} over ${path.relay.endpoint}`;
  return path.route?.via == null ? way : `${way} and ${path.route.via}`;
}

/** True for a peer that kept a HELLO rhythm, so that the first allowance is open to it (PROTOCOL.md §6). */
export function keepsRhythm(path: Path, now: Instant): boolean {
  return now - path.rhythmSince >= RHYTHM_MS && path.rhythmHellos >= RHYTHM_HELLOS && now - path.helloAt <= RHYTHM_GAP_MS;
}

/** Paths of one peer in the order in which data prefers them: trusted direct ones, IPv6 first, TCP, a relay, several hops, then what credit allows. */
export function rankOf(path: Path): number {
  if (path.relay !== null) return path.route === null ? 5 : 6;
  if (!path.trusted || path.byName) return 7;
  if (path.kind === "tcp") return 4;
  const isV6 = path.endpoint.startsWith("[");
  return (path.kind === "direct" ? 0 : 2) + (isV6 ? 0 : 1);
}
