/**
 * The one place where datagrams leave the core: wraps for a relay, pays the byte credit, counts, and lets wait what
 * cannot be paid yet. PROTOCOL.md §6.
 */
import { type BodyOf, encode, headOf, type VerbName } from "../wire/index.ts";
import type { Purpose } from "./credit-ledger.ts";
import { WAITING_MAX, WAITING_PER_NETWORK_MAX } from "./limits.ts";
import type { Path } from "./path.ts";
import type { Peer } from "./peer-table.ts";
import { count, type NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

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
  return encode("RELAY", { dst: path.endpoint, message: headOf(verb, body) });
}

/**
 * Sends one message if its bytes can be paid.
 * @returns false when the credit is too short, and nothing was sent
 */
export function transmit<Name extends VerbName>(
  node: NodeState,
  path: Path,
  verb: Name,
  body: BodyOf<Name> | undefined,
  now: Instant,
): boolean {
  if (!mayShow(path, verb)) return true;
  return transmitBytes(node, path, verb, bytesFor(path, verb, body), now);
}

export function transmitBytes(
  node: NodeState,
  path: Path,
  verb: VerbName,
  bytes: Uint8Array,
  now: Instant,
  purpose: Purpose = purposeOf(verb),
): boolean {
  const carrier = path.relay ?? path;
  if (!node.credit.spend(path, bytes.length, purpose, now)) return false;
  put(node, carrier, verb, bytes);
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
  if (!mayShow(path, verb)) return;
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

/** Sends what waited for credit of one address and can be paid now. */
export function flushWaiting(node: NodeState, network: string, now: Instant): void {
  node.waiting.flush(network, (letter) => transmitBytes(node, letter.path, letter.verb, letter.bytes, now));
}

/** Sends bytes that somebody else has paid for: a leg of CONNECT, a RELAY on its way. */
export function forward(node: NodeState, path: Path, verb: VerbName, bytes: Uint8Array): void {
  if (!mayShow(path, verb)) return;
  put(node, path, verb, bytes);
}

function put(node: NodeState, path: Path, verb: VerbName, bytes: Uint8Array): void {
  node.counters.datagramsOut++;
  node.counters.bytesOut += bytes.length;
  count(node.counters.sent, verb);
  node.out.push({ kind: "send", socket: path.socket, to: path.endpoint, bytes });
  if (node.tapping) {
    node.emit({ type: "traffic", direction: "out", endpoint: path.endpoint, socket: path.socket, verb, text: textOf(bytes) });
  }
}

/** An old program by configuration is sent HELLO and ACK, and what it has shown that it knows. */
function mayShow(path: Path, verb: VerbName): boolean {
  return path.peer === null || knows(path.peer, verb);
}

export function knows(peer: Peer, verb: VerbName): boolean {
  return !peer.compat || verb === "HELLO" || verb === "ACK" || peer.shown.has(verb);
}

export function purposeOf(verb: VerbName): Purpose {
  return PURPOSES[verb] ?? "other";
}

const decoder = new TextDecoder("utf-8", { fatal: false });

/** A datagram as text for `tap`; bytes that are no UTF-8 show as U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
