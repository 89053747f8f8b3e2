/**
 * CONNECT, in all three roles. Which leg a message is depends on who sent it and what we forwarded or asked, not on
 * its looks alone:
 *
 *   step  from  dst           src            to whom it is
 *   1     A     B's ip        A's port       ask:    we are S
 *   2     S     A's ip:port   B's ip         offer:  we are B
 *   3     B     A's ip:port   B's port       reply:  we are S, and forwarded that very dst to B
 *   4     S     B's ip:port   A's ip:port    answer: we are A, and asked S
 *
 * PROTOCOL.md §8.12 (seed, CONNECT, steps 1 to 5).
 */
import {
  type BodyOf,
  DATAGRAM_SENT_MAX,
  type Endpoint,
  encode,
  endpoint,
  type Ip,
  ipOf,
  parseEndpoint,
  parseIp,
  parsePort,
} from "../../wire/index.ts";
import type { Introduction } from "../introduction-table.ts";
import type { SocketId } from "../io.ts";
import { trust } from "../liveness.ts";
import { isLive, type Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { beginAnswering, onAnswer } from "../punch.ts";
import { mayMeet } from "../scope.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { forward } from "../transmit.ts";

/** How much a leg may be longer than the one it answers to, paid by the punch allowance. */
const LEG_GROWTH_MAX = 96;

export function onConnect(node: NodeState, from: Path, socket: SocketId, body: BodyOf<"CONNECT">, bytes: number, now: Instant): void {
  if (from.relay !== null) return node.drop("relay-refused-verb", from.endpoint); // it speaks of endpoints that nobody saw
  if (from.kind === "tcp") return node.drop("not-over-tcp", from.endpoint); // likewise
  const port = portIn(body.src);
  const dst = parseEndpoint(body.dst);
  if (port === null) return onFromS(node, from, socket, body, dst, now);
  const reply = dst === null ? undefined : node.introductions.take(from.endpoint, dst, now);
  if (reply === undefined) ask(node, from, body, port, bytes, now);
  else answerBack(node, from, reply, port, bytes, now);
}

/** Steps 2 and 4 come from S, whom we hear. */
function onFromS(node: NodeState, from: Path, socket: SocketId, body: BodyOf<"CONNECT">, dst: Endpoint | null, now: Instant): void {
  if (dst === null) return node.drop("connect-not-asked", from.endpoint);
  const far = (body.ptp?.far ?? null) as Endpoint | null;
  if (onAnswer(node, from, socket, { dst, src: String(body.src), far }, now)) return;
  const isOffer = parseIp(String(body.src)) !== null; // step 4 names our port too; one that we did not ask for is no offer
  if (!isOffer) return node.drop("connect-not-asked", from.endpoint);
  if (from.peer === null || !isLive(from, now)) return node.drop("unknown-peer", from.endpoint);
  beginAnswering(node, from, dst, far, now);
}

/** Step 1, at S: pass the wish on to B, with the address that we see in place of the text's. */
function ask(node: NodeState, from: Path, body: BodyOf<"CONNECT">, port: number, bytes: number, now: Instant): void {
  if (!isKnownAddress(node, from, now)) return node.drop("unknown-peer", from.endpoint);
  if (!node.introductions.mayAsk(from.network, now)) return node.drop("connect-rate", from.endpoint);
  const found = findFar(node, from, body, now);
  if (typeof found === "string") return node.drop(found, from.endpoint);
  const offered = offeredBy(from, port, now);
  if (!mayMeet(offered, found.endpoint)) return node.drop("connect-scope", from.endpoint);
  const named = body.ptp !== undefined;
  const asker = named ? askerOf(node, from, found, now) : null;
  const leg = legOf({ dst: offered, src: ipOf(found.endpoint) }, asker, bytes);
  if (!pay(node, from, found, bytes, leg.length, now)) return node.drop("no-credit", from.endpoint);
  node.introductions.add({ askedFrom: from, offered, far: found, named, at: now });
  forward(node, found, "CONNECT", leg, now);
}

/** A leg as S writes it, with the HELLO endpoint of the party in `dst` where that is wanted and does not make the leg too long. */
function legOf(body: BodyOf<"CONNECT">, far: Path | null, received: number): Uint8Array {
  if (far !== null) {
    const named = encode("CONNECT", { ...body, ptp: { far: far.peer?.endpoint ?? far.endpoint } });
    if (named.length - received <= LEG_GROWTH_MAX) return named;
  }
  return encode("CONNECT", body);
}

/** Step 3, at S: B has opened a socket; tell A. B repeated what only B was told, so it receives what we send. */
function answerBack(node: NodeState, from: Path, reply: Introduction, port: number, bytes: number, now: Instant): void {
  if (reply.far.peer !== null) trust(node, reply.far);
  const offered = offeredBy(from, port, now);
  if (!mayMeet(offered, reply.offered)) return node.drop("connect-scope", from.endpoint);
  const leg = legOf({ dst: offered, src: reply.offered }, reply.named ? reply.far : null, bytes);
  if (!pay(node, from, reply.askedFrom, bytes, leg.length, now)) return node.drop("no-credit", from.endpoint);
  forward(node, reply.askedFrom, "CONNECT", leg, now);
}

/**
 * What the sender offers: from its HELLO endpoint it speaks of another socket, whose port it claims; from any other
 * port it speaks with the offered socket itself, and the port that we see is the one that others must use.
 */
function offeredBy(from: Path, claimed: number, now: Instant): Endpoint {
  return from.peer !== null && isLive(from, now) ? endpoint(ipOf(from.endpoint), claimed) : from.endpoint;
}

/** B's path: by endpoint where the asker names one, else the only live node at that address, the asker not counted. */
function findFar(
  node: NodeState,
  from: Path,
  body: BodyOf<"CONNECT">,
  now: Instant,
): Path | "connect-unknown-far" | "connect-ambiguous-far" {
  const named = parseEndpoint(body.ptp?.far ?? body.dst);
  if (named !== null) {
    const path = node.peers.pathTo(named, now);
    return path !== undefined && isLive(path, now) && path !== from && path.kind !== "tcp" ? path : "connect-unknown-far";
  }
  const live = livePeersAt(node, body.dst as Ip, now).filter((path) => path.peer !== from.peer);
  if (live.length > 1) return "connect-ambiguous-far";
  return live[0] ?? "connect-unknown-far";
}

/** The asker's HELLO path, where only one live node can be meant. */
function askerOf(node: NodeState, from: Path, far: Path, now: Instant): Path | null {
  if (from.peer !== null) return from;
  const live = livePeersAt(node, ipOf(from.endpoint), now).filter((path) => path.peer !== far.peer);
  return live.length === 1 ? (live[0] as Path) : null;
}

/** A live path to each peer at an address; a peer with a punched path beside its own is still one. */
function livePeersAt(node: NodeState, ip: Ip, now: Instant): Path[] {
  const byPeer = new Map<Peer | null, Path>();
  for (const path of node.peers.pathsAtIp(ip)) if (isLive(path, now) && !byPeer.has(path.peer)) byPeer.set(path.peer, path);
  return [...byPeer.values()];
}

function isKnownAddress(node: NodeState, from: Path, now: Instant): boolean {
  return livePeersAt(node, ipOf(from.endpoint), now).length > 0;
}

function pay(node: NodeState, from: Path, to: Path, received: number, sent: number, now: Instant): boolean {
  if (sent - received > LEG_GROWTH_MAX || sent > DATAGRAM_SENT_MAX) return false;
  return node.credit.passOn(from, to, received, sent, now);
}

function portIn(src: string | number): number | null {
  return typeof src === "number" ? src : parsePort(src);
}
