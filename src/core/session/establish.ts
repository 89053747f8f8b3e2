/**
 * What a finished handshake brings about: a new session, or new keys for the one there is. From here on the peer is a
 * node with a key, whatever it was called before. PROTOCOL.md §11.3.
 */
import type { Endpoint } from "../../wire/index.ts";
import { tendIntroductions } from "../introduction.ts";
import { joinEverywhere, rejoin, tendJoins } from "../joining.ts";
import { blockOf } from "../kept-places.ts";
import { CLOCK_SKEW_MS, SESSIONS_EVICTED, SESSIONS_MAX } from "../limits.ts";
import { tellMapped } from "../mapped.ts";
import { renameMember } from "../members.ts";
import { greet } from "../open/attend.ts";
import { isLive, nextHop, type Path, wayOf } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { redial } from "../redials.ts";
import type { NodeState } from "../state.ts";
import { tcpName } from "../tcp-name.ts";
import type { Instant, Timestamp } from "../time.ts";
import { abandonLetters, adoptLetters, resendLetters } from "./letters.ts";
import { FIRST_RTT_MS } from "./limits.ts";
import { watchOwnClock } from "./own-clock.ts";
import { type Epoch, type Proven, Session } from "./session.ts";
import { adoptPath, offerPath } from "./session-paths.ts";

/** What a handshake has made and learnt, besides whom it proved. */
export interface Agreed {
  readonly epoch: Epoch;
  /** The other end's wall clock. */
  readonly clock: Timestamp;
  /** How long the other end took to answer over this path: its round trip, or more where something went twice. */
  readonly answeredMs: number;
}

export function establish(node: NodeState, path: Path, proven: Proven, { epoch, clock, answeredMs }: Agreed, now: Instant): Session {
  const known = node.sessions.of(proven.nodeId);
  const isSame = known !== undefined && known.with.linkKey === proven.linkKey;
  const session = isSame ? known : begin(node, known, proven, path, answeredMs, now);
  node.sessions.addEpoch(session, epoch);
  if (!isSame) resendLetters(node, session.peer, now); // before what was meant for a bare peer that this node turns out to be
  const isNewWay = path.peer !== session.peer;
  if (known !== undefined && !isSame) for (const way of known.candidates) offerPath(node, session, way, now);
  adoptPath(node, session, path, now);
  const isFound = path.keep === "lan" || (path.route !== null && node.config.contacts.has(proven.nodeId));
  if (isFound && (isNewWay || !isSame)) joinEverywhere(node, session.peer, now);
  session.heardAt = now;
  session.aheadMs = clock - node.timestamp(now);
  node.sessions.touched.add(session);
  if (epoch.confirmed) announce(node, session, path, now);
  watchOwnClock(node);
  if (isSame) return session;
  rejoin(node, session.peer, now);
  tendJoins(node, now); // these waited for this
  tendIntroductions(node, now);
  for (const channel of node.channels.joined()) greet(node, channel, session.peer, now);
  return session;
}

/**
 * Tells the user of a session, once the other end is seen to hold it too: whoever has proved its key may still refuse ours,
 * and would tell us nothing.
 */
export function announce(node: NodeState, session: Session, path: Path, now: Instant): void {
  if (session.announced) return;
  session.announced = true;
  node.approaches.fresh = true;
  const { nodeId: peer, facts } = session.with;
  node.emit({ type: "session-up", peer, endpoint: nextHop(path), nick: facts.nick, path: path.kind });
  if (Math.abs(session.aheadMs) >= CLOCK_SKEW_MS) node.emit({ type: "clock-skew", peer, aheadMs: session.aheadMs });
  watchOwnClock(node);
  tellMapped(node, session, now);
}

/** A node that was started anew has another link key: what the old session held is void. */
function begin(node: NodeState, known: Session | undefined, proven: Proven, path: Path, answeredMs: number, now: Instant): Session {
  if (known === undefined) makeRoom(node, now);
  const peer = known?.peer ?? node.peers.addFull(proven.nodeId, nameFor(node, path, proven, now));
  if (known !== undefined) {
    for (const each of peer.paths) each.suspect = true; // the node may be elsewhere now: each must be heard first
    node.sessions.remove(known);
  }
  const session = new Session(proven, peer, now, Math.min(answeredMs, FIRST_RTT_MS));
  peer.session = session;
  node.sessions.put(session);
  return session;
}

/** What others call a node that we meet: by where we met it, or over TCP by its key, unless the user named that endpoint and nobody else is there. */
function nameFor(node: NodeState, path: Path, { publicKey }: Proven, now: Instant): Endpoint {
  if (path.kind !== "tcp") return path.peer?.endpoint ?? path.endpoint;
  const there = node.streams.isNamed(path.socket) ? node.peers.pathAt(path.endpoint) : undefined;
  const isFree = there !== undefined && there.peer?.session == null && !isLive(there, now);
  return isFree ? path.endpoint : tcpName(node.config.crypto, publicKey);
}

/**
 * Strangers give way, several at once since looking at all sessions costs much: of the address block that has most of them, those
 * that were silent longest. A contact or co-member gives way only where there is no stranger.
 */
function makeRoom(node: NodeState, now: Instant): void {
  if (node.sessions.size < SESSIONS_MAX) return;
  const near: Session[] = [];
  const blocks = new Map<string, Session[]>();
  for (const session of node.sessions.all()) {
    const block = session.near ? null : blockOf((session.dataPath ?? session.peer.paths[0])?.network ?? session.peer.endpoint);
    const there = block === null ? near : (blocks.get(block) ?? []);
    if (block !== null) blocks.set(block, there);
    there.push(session);
  }
  const [crowd = near] = [...blocks.values()].sort((a, b) => b.length - a.length);
  crowd.sort((a, b) => a.heardAt - b.heardAt);
  for (const session of crowd.slice(0, SESSIONS_EVICTED)) endSession(node, session, "gone", now);
}

/**
 * Ends a session and forgets its peer.
 * @param why - `gone` after silence, `closed` when the other end said so
 */
export function endSession(node: NodeState, session: Session, why: "gone" | "closed", now: Instant): void {
  const peer = session.peer;
  node.sessions.remove(session);
  peer.session = null;
  const ways = [...peer.paths, ...session.candidates];
  for (const path of ways) {
    if (why === "closed" && path.kind !== "tcp" && peer.paths.includes(path)) node.fullEndpoints.set(wayOf(path), now); // it said goodbye itself: who comes next may be anybody
    node.releaseSocket(path);
    node.peers.detach(path);
  }
  node.peers.forgetIdle(peer);
  abandonLetters(node, peer);
  if (peer.up) {
    peer.up = false;
    node.neighboursChanged = true;
    node.emit({ type: "peer-down", peer: peer.id });
  }
  node.routes.remove(peer.endpoint);
  if (session.announced) node.emit({ type: "session-down", peer: session.with.nodeId, reason: why });
  watchOwnClock(node);
  for (const path of ways) if (why === "gone" || path.keep === "configured") redial(node, path, now);
}

/** The bare peer at `proven` was this node all along: its channels and letters go over, and its other ways are tried. */
export function absorb(node: NodeState, bare: Peer, session: Session, proven: Path, now: Instant): void {
  const peer = session.peer;
  const ways = [...bare.paths];
  for (const path of ways) node.peers.detach(path);
  node.peers.addAlias(peer, bare.endpoint);
  renameMember(node, bare.id, peer);
  adoptLetters(node, bare, peer, now);
  peer.echoes = true;
  if (bare.up) node.emit({ type: "peer-down", peer: bare.id });
  bare.up = false;
  for (const path of ways) {
    if (path === proven) continue;
    if (path.endpoint !== proven.endpoint) offerPath(node, session, path, now);
    else node.releaseSocket(path);
  }
}
