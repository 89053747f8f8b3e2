/**
 * RELAY by node id: up to two nodes in the middle pass on what a session, or the handshake of one, has to say, unread.
 * The first sender names them all, so nothing turns in a circle and no copy is made on the way. PROTOCOL.md §17.4.
 */
import { type BodyOf, DATAGRAM_SENT_MAX, decodeHead, encode, fromBase64, type NodeId } from "../../wire/index.ts";
import { newPath, type Path } from "../path.ts";
import { sayBytes } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { RelayEnd } from "../verbs/relay.ts";
import { NEARNESS, nearnessOf } from "./acquaintance.ts";
import { isBeside } from "./listing.ts";

type Relay = BodyOf<"RELAY">;

/** What travels by node id in place of a frame, while there is no session yet. */
const HANDSHAKE_VERBS: readonly (string | undefined)[] = ["GETCERTIFICATE", "CERTIFICATE", undefined];

/** Takes one that came from `from`, whose peer is known. */
export function onRelayById(node: NodeState, from: Path, body: Relay, bytes: Uint8Array, now: Instant, end: RelayEnd): void {
  const session = from.peer?.session ?? null;
  if (session === null) return node.drop("outside-session", from.endpoint);
  const hop = session.with.nodeId as NodeId;
  if (!isWay(body, hop, node.nodeId)) return node.drop("relay-bad-way", from.endpoint);
  if (!HANDSHAKE_VERBS.includes(body.message?.msg_type)) return node.drop("relay-refused-verb", from.endpoint);
  if (body.ttl === 1) takeIn(node, from, hop, body, end);
  else passOn(node, from, hop, body, bytes, now);
}

/**
 * Which nodes are named on each leg, all of them different:
 *
 *   ttl 3, to the first of two relays   dst, via: the second relay          no src but the sender itself
 *   ttl 2, to the last relay            dst, src unless the sender is it
 *   ttl 1, to the end                   dst, src, via: the first relay of two
 */
function isWay({ dst, src, ttl, via }: Relay, hop: string, self: string): boolean {
  const first = src === hop && ttl !== 1 ? undefined : src;
  const named = [hop, self, ...[first, via, ttl === 1 ? undefined : dst].filter((id) => id !== undefined)];
  if (new Set(named).size < named.length) return false;
  if (ttl === 3) return first === undefined && via !== undefined;
  if (ttl === 2) return via === undefined;
  return dst === self && src !== undefined;
}

// ---- in the middle ----

function passOn(node: NodeState, from: Path, hop: NodeId, body: Relay, bytes: Uint8Array, now: Instant): void {
  const { dst, via, ttl = 0, message, d } = body;
  const src = body.src ?? hop;
  const next = node.sessions.of(via ?? dst);
  if (next === undefined || !isBeside(next, now)) return node.drop("relay-unknown-dst", from.endpoint);
  const nearness = [hop, next.with.nodeId].map((id) => nearnessOf(node, id));
  if (nearness.includes(null)) return node.drop("relay-stranger", from.endpoint);
  const forContact = nearness.includes(NEARNESS.contact);
  if (!node.routing.budget.take({ from: hop, src, dst, bytes: bytes.length, forContact }, now))
    return node.drop("relay-budget", from.endpoint);
  const passed = encode("RELAY", {
    dst,
    src,
    ttl: ttl - 1,
    ...(ttl === 2 && src !== hop ? { via: hop } : {}),
    ...(message === undefined ? { d } : { message }),
  } as Relay);
  if (passed.length > DATAGRAM_SENT_MAX) return node.drop("relay-too-long", from.endpoint);
  if (!sayBytes(node, next, "RELAY", passed, now)) node.drop("queue-full", from.endpoint);
}

// ---- at the end ----

/** The answer goes back the way that this came: over whom, its last relay has said. */
function takeIn(node: NodeState, from: Path, hop: NodeId, { src, via, message, d }: Relay, end: RelayEnd): void {
  const path = node.peers.pathOver(from, src as Path["endpoint"], via) ?? routedPath(src as NodeId, from, hop, via as NodeId | undefined);
  if (d !== undefined) return end.takeDatagram(path, fromBase64(d));
  const inner = decodeHead(message);
  if (inner.ok) end.takeMessage(path, inner.message);
  else node.drop(inner.reason, from.endpoint);
}

/** A way to a node by its id. @param relay - a path to its first hop */
export function routedPath(to: NodeId, relay: Path, first: NodeId, via: NodeId | undefined | null): Path {
  return newPath("relay", to as string as Path["endpoint"], relay.socket, relay, { first, via: via ?? null });
}

/** What is said to the next hop of a path over a relay. */
export function relayed({ endpoint: dst, route }: Path, carried: Pick<Relay, "message" | "d">): Relay {
  if (route === null) return { dst, ...carried };
  return { dst, ...(route.via === null ? { ttl: 2 } : { ttl: 3, via: route.via }), ...carried };
}
