/** RELAY: a message for a neighbour that its sender cannot reach. Passed on unread, or taken as if it came from `src`. PROTOCOL.md §8.11. */
import {
  type BodyOf,
  DATAGRAM_SENT_MAX,
  decodeHead,
  type Endpoint,
  encode,
  fromBase64,
  hasZone,
  type Message,
  RELAY_GROWTH_MAX,
} from "../../wire/index.ts";
import { isLive, newPath, type Path } from "../path.ts";
import { onRelayById } from "../routing/carrying.ts";
import { mayBecomeFull } from "../session/seeking.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { forward } from "../transmit.ts";

/** Handles what a RELAY carried, as if it came over the path given to it. */
export interface RelayEnd {
  takeMessage(path: Path, message: Message): void;
  takeDatagram(path: Path, bytes: Uint8Array): void;
}

export function onRelay(node: NodeState, from: Path, body: BodyOf<"RELAY">, bytes: Uint8Array, now: Instant, end: RelayEnd): void {
  if (from.relay !== null) return node.drop("nested-relay", from.endpoint);
  if (from.peer === null || !isLive(from, now)) return node.drop("unknown-peer", from.endpoint);
  if (body.ttl !== undefined) return onRelayById(node, from, body, bytes, now, end);
  const to = node.peers.pathTo(body.dst as Endpoint, now);
  // A foreign `src` was written by a relay, so this is the second leg and meant for us: it is passed on no further.
  if (body.src !== undefined && body.src !== nameOf(from)) takeIn(node, from, body.src as Endpoint, body, end);
  else if (hasZone(nameOf(from)))
    node.drop("relay-unknown-dst", from.endpoint); // nobody else could answer it
  else if (to !== undefined && to.peer !== from.peer && isReady(node, to, now)) passOn(node, from, to, body, bytes, now);
  else node.drop("relay-unknown-dst", from.endpoint);
}

/** There, and not about to turn out to be a node: what is passed on to that travels inside a session. */
function isReady(node: NodeState, to: Path, now: Instant): boolean {
  return isLive(to, now) && !(to.peer !== null && mayBecomeFull(node, to.peer, now));
}

/** As the relay: `src` is what we see, whatever the text says. */
function passOn(node: NodeState, from: Path, to: Path, body: BodyOf<"RELAY">, bytes: Uint8Array, now: Instant): void {
  const mayRelay =
    from.peer?.session == null
      ? node.introductions.mayRelay(from.endpoint, now)
      : node.introductions.mayCarry(from.peer.id, bytes.length, now);
  if (!mayRelay) return node.drop("relay-rate", from.endpoint);
  const { dst, message, d } = body;
  const passed = encode("RELAY", {
    dst,
    src: nameOf(from),
    ...(message === undefined ? {} : { message }),
    ...(d === undefined ? {} : { d }),
  });
  const growth = passed.length - bytes.length;
  if (growth > RELAY_GROWTH_MAX || passed.length > DATAGRAM_SENT_MAX) return node.drop("relay-too-long", from.endpoint);
  if (!node.credit.passOn(from, to, bytes.length, passed.length, now)) return node.drop("no-credit", from.endpoint);
  forward(node, to, "RELAY", passed, now);
}

/** How the sender is known here. */
function nameOf(from: Path): Endpoint {
  return from.peer?.endpoint ?? from.endpoint;
}

/** As the receiver: the answer goes back over the same relay, so the message gets the path that leads there. */
function takeIn(node: NodeState, from: Path, src: Endpoint, body: BodyOf<"RELAY">, end: RelayEnd): void {
  const path = node.peers.pathOver(from, src) ?? newPath("relay", src, from.socket, from);
  if (body.d !== undefined) return end.takeDatagram(path, fromBase64(body.d));
  const inner = decodeHead(body.message);
  if (inner.ok) end.takeMessage(path, inner.message);
  else node.drop(inner.reason, from.endpoint);
}
