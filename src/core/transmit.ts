/**
 * The one place where datagrams leave the core: wraps for a relay, pays the byte credit, counts, and lets wait what
 * cannot be paid yet. PROTOCOL.md §6.
 */
import { type BodyOf, encode, headOf, readBlock, type VerbName } from "../wire/index.ts";
import type { Purpose } from "./credit-ledger.ts";
import { WAITING_MAX, WAITING_PER_NETWORK_MAX } from "./limits.ts";
import { type Path, wayOf } from "./path.ts";
import { isBarred } from "./path-policy.ts";
import type { Peer } from "./peer-table.ts";
import { relayed } from "./routing/carrying.ts";
import { sayBytes, sayInSession } from "./session/frames.ts";
import type { Session } from "./session/session.ts";
import { count, type NodeState } from "./state.ts";
import { type Instant, NEVER_YET } from "./time.ts";

const PURPOSES: Partial<Record<VerbName, Purpose>> = {
  HELLO: "first",
  ACK: "first",
  ROUTING: "announce",
  CHANNEL: "announce",
  LEAVE: "announce",
  MESSAGE: "content",
  CERTIFICATE: "content",
};

/** The bytes of one message as they go out over `path`, wrapped in a RELAY where it leads over one. */
export function bytesFor<Name extends VerbName>(path: Path, verb: Name, body: BodyOf<Name> | undefined): Uint8Array {
  if (path.relay === null) return encode(verb, body, path.peer?.nodeId !== null && path.peer !== null);
  return encode("RELAY", relayed(path, { message: headOf(verb, body) }));
}

/** Of the node that the path leads to: what is said to it is said inside, whichever of its paths the caller has in hand. */
function sessionOf(path: Path): Session | null {
  return path.peer?.session ?? null;
}

/**
 * Sends one message: inside the session where there is one, else if its bytes can be paid.
 * @returns false when the credit is too short or the session's queue full, and nothing was sent
 */
export function transmit<Name extends VerbName>(
  node: NodeState,
  path: Path,
  verb: Name,
  body: BodyOf<Name> | undefined,
  now: Instant,
): boolean {
  const session = sessionOf(path);
  if (session !== null) return sayInSession(node, session, verb, body, now);
  if (!mayShow(node, path, verb, now)) return true;
  return transmitBytes(node, path, verb, bytesFor(path, verb, body), now);
}

/** Sends one message of a handshake: in the bare plane, over this very path, also where a session is. */
export function transmitPlain<Name extends VerbName>(node: NodeState, path: Path, verb: Name, body: BodyOf<Name>, now: Instant): boolean {
  if (path.relay !== null) return transmitOver(node, path, path.relay, { message: headOf(verb, body) }, now);
  const isDial = path.keep === "lan" && verb === "GETCERTIFICATE";
  return transmitBytes(node, path, verb, encode(verb, body), now, isDial ? "dial" : "other");
}

/** Gives a relay what is meant for the far end of a path; by node id only inside its session. */
export function transmitOver(node: NodeState, path: Path, relay: Path, carried: Parameters<typeof relayed>[1], now: Instant): boolean {
  if (path.route !== null && sessionOf(relay) === null) return false;
  return transmit(node, relay, "RELAY", relayed(path, carried), now);
}

/** Sends one message in the bare plane, if its bytes can be paid: to a relay that holds a session, inside that. */
export function transmitBytes(
  node: NodeState,
  path: Path,
  verb: VerbName,
  bytes: Uint8Array,
  now: Instant,
  purpose: Purpose = purposeOf(verb),
): boolean {
  const session = path.relay === null ? null : sessionOf(path.relay);
  if (path.route !== null || isBarred(node, path)) return false; // by node id only sessions and their handshakes travel
  if (session !== null) return sayBytes(node, session, "RELAY", bytes, now);
  if (!node.credit.spend(path, bytes.length, purpose, now)) return false;
  put(node, path.relay ?? path, verb, bytes);
  return true;
}

/** Sends one message now, or within CREDIT_WAIT_MS once its bytes are paid. */
export function transmitOrWait<Name extends VerbName>(
  node: NodeState,
  path: Path,
  verb: Name,
  body: BodyOf<Name> | undefined,
  now: Instant,
): void {
  const session = sessionOf(path);
  if (session !== null && !sayInSession(node, session, verb, body, now)) node.drop("queue-full", path.endpoint);
  if (session !== null || !mayShow(node, path, verb, now)) return;
  letWait(node, path, verb, bytesFor(path, verb, body), now);
}

function letWait(node: NodeState, path: Path, verb: VerbName, bytes: Uint8Array, now: Instant): void {
  const first = purposeOf(verb) === "first";
  if ((first || !node.waiting.holds(path.network)) && transmitBytes(node, path, verb, bytes, now)) return;
  const own = bytes.slice(); // a copy: what was encoded shares its buffer with much that is long sent
  if (!node.waiting.add({ path, verb, bytes: own, since: now }, first, WAITING_PER_NETWORK_MAX, WAITING_MAX)) {
    node.drop("queue-full", path.endpoint);
  }
}

/** Sends what waited for credit of one address and can be paid now. What is there by now inside a session is said no more in the clear. */
export function flushWaiting(node: NodeState, network: string, now: Instant): void {
  node.waiting.flush(network, ({ path, verb, bytes }) => {
    const isObsolete = sessionOf(path) !== null || !mayShow(node, path, verb, now);
    return isObsolete || transmitBytes(node, path, verb, bytes, now);
  });
}

/** Sends bytes that somebody else has paid for: a leg of CONNECT, a RELAY on its way. */
export function forward(node: NodeState, path: Path, verb: VerbName, bytes: Uint8Array, now: Instant): void {
  const session = sessionOf(path);
  if (session !== null) {
    if (!sayBytes(node, session, verb, bytes, now)) node.drop("queue-full", path.endpoint);
  } else if (mayShow(node, path, verb, now)) put(node, path, verb, bytes);
}

function put(node: NodeState, path: Path, verb: VerbName, bytes: Uint8Array): void {
  count(node.counters.sent, verb);
  node.put(path, bytes);
  if (node.tapping) {
    node.emit({ type: "traffic", direction: "out", endpoint: path.endpoint, socket: path.socket, verb, text: textOf(bytes) });
  }
}

/**
 * An old program by configuration is sent HELLO and ACK, and what it has shown that it knows. Where sessions are held,
 * or nothing else is wanted, the bare plane carries HELLO alone: nobody can make us speak in the clear again by
 * suppressing what is not. What a relay is given is said to the relay as well.
 */
export function mayShow(node: NodeState, path: Path, verb: VerbName, now: Instant): boolean {
  const { relay } = path;
  if (relay !== null && sessionOf(relay) === null && !mayShow(node, relay, "RELAY", now)) return false;
  if (verb !== "HELLO" && (node.config.certificates.pinned || path.provingUntil > now || isFullEndpoint(node, path, now)))
    return verb === "CONNECT";
  return path.peer === null || (knows(path.peer, verb) && !seemsFull(node, path.peer, verb));
}

/** It speaks our extensions and has not said that it holds no sessions; so it is asked, and told nothing meanwhile. */
function seemsFull(node: NodeState, peer: Peer, verb: VerbName): boolean {
  return node.link !== null && peer.knowsPtp && !peer.seedOnly && isAsked(peer) && verb !== "HELLO" && verb !== "ACK" && verb !== "CONNECT";
}

/** We are the ones who ask only where we keep a path; others come to us. */
function isAsked(peer: Peer): boolean {
  return peer.paths.some((path) => path.keep !== null);
}

/** A session was held with that endpoint within the last day: directly, or over this very relay, whose word binds no other way. There is no bare plane over TCP. */
export function isFullEndpoint(node: NodeState, path: Path, now: Instant): boolean {
  if (path.kind === "tcp") return false;
  return [path.endpoint, wayOf(path)].some((way) => (node.fullEndpoints.get(way) ?? NEVER_YET) > now);
}

export function knows(peer: Peer, verb: VerbName): boolean {
  return !peer.compat || verb === "HELLO" || verb === "ACK" || peer.shown.has(verb);
}

export function purposeOf(verb: VerbName): Purpose {
  return PURPOSES[verb] ?? "other";
}

const decoder = new TextDecoder("utf-8", { fatal: false });

/** A message as text for `tap`; bytes that are no UTF-8 show as U+FFFD, and of a block of a file is told which it is. */
export function textOf(bytes: Uint8Array): string {
  const block = readBlock(bytes);
  if (block !== null) return `block ${block.index} of level ${block.level} of ${block.root}, ${block.bytes.length} bytes`;
  return decoder.decode(bytes);
}
