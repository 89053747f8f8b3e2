/** Where attacks are tried: nodes on the fake wire, somebody on the path between them, and scales that weigh who gets how much. */
import type { NodeConfig } from "../../../../src/core/index.ts";
import type { Endpoint } from "../../../../src/wire/index.ts";
import { ipOf, isFrame, networkOf } from "../../../../src/wire/index.ts";
import { joins } from "../../said.ts";
import { type Host, type Sent, World } from "../../world.ts";
import { A, full, type Pair, pair } from "../full.ts";
import { type ForgedSession, Forger, laterBytes, laterIn } from "./forger.ts";

/** A third party that never asked for anything. */
export const VICTIM = "192.0.2.50:5000" as Endpoint;
/** Where the attacker itself receives. */
export const ATTACKER = "192.0.2.66:6666" as Endpoint;

/** A node that nobody has met yet. */
export function lonely(config: Partial<NodeConfig> = {}): { world: World; node: Host } {
  const world = new World();
  const node = full(world, A, 1, config);
  node.command(joins());
  world.run(10);
  return { world, node };
}

/** A and B in one channel, their session made. */
export function talking(world = new World()): Pair {
  const met = pair(world);
  for (const host of [met.a, met.b]) host.command(joins());
  world.run(300);
  return met;
}

/** Makes a session with `node` as any program could, from `host`. */
export function intrude(world: World, host: Host, node: Host, forger = new Forger(66)): ForgedSession {
  const opening = forger.begin();
  const since = host.inbox.length;
  host.send(node.endpoint, opening.bytes());
  world.run(20);
  for (const { bytes } of host.inbox.slice(since)) {
    const later = laterIn(bytes);
    const seen = later === null ? null : opening.read(later);
    if (seen === null) continue;
    const { third, keys } = opening.finish(seen.remoteIndex);
    host.send(node.endpoint, laterBytes(third));
    world.run(20);
    return keys;
  }
  throw new Error("the node did not answer the handshake");
}

/** Sends with a source address that is not the sender's. */
export function spoof(world: World, from: Endpoint, to: Endpoint, bytes: Uint8Array | object): void {
  world.carry(from, to, bytes instanceof Uint8Array ? bytes : new TextEncoder().encode(JSON.stringify(bytes)));
}

/** Payload bytes that went to, and that came from, the address of `of`. */
export function scales(world: World, of: Endpoint, since = 0): { into: number; out: number } {
  const network = networkOf(ipOf(of));
  let into = 0;
  let out = 0;
  for (const sent of world.sent.slice(since)) {
    if (networkOf(ipOf(sent.from)) === network) into += sent.bytes.length;
    if (networkOf(ipOf(sent.to)) === network) out += sent.bytes.length;
  }
  return { into, out };
}

/**
 * Somebody on the path, who does with each datagram what it likes: hands on what `change` returns.
 * @returns ends that
 */
export function inTheMiddle(world: World, change: (bytes: Uint8Array, from: Endpoint, to: Endpoint) => readonly Uint8Array[]): () => void {
  const carry = world.carry;
  world.carry = (from, to, bytes) => {
    for (const each of change(bytes, from, to)) carry.call(world, from, to, each);
  };
  return () => {
    world.carry = carry;
  };
}

/** Sessions that a node made and did not lose again. */
export function sessionsOf(host: Host): string[] {
  const up = host.saw("session-up").map((event) => event.peer);
  const down = host.saw("session-down").map((event) => event.peer);
  for (const peer of down) up.splice(up.indexOf(peer), 1);
  return [...new Set(up)];
}

/** What a host says and shows, told apart from what the attacker sent. */
export function deedsOf(world: World, host: Host, since = 0): string[] {
  const sent = world.sent.slice(since).filter(({ from }) => from === host.endpoint);
  const { peers, members } = { peers: host.node?.peers(world.now), members: host.node?.channels(world.now) };
  return [...sent.map(hexOf), JSON.stringify(host.events), JSON.stringify(peers), JSON.stringify(members)];
}

function hexOf({ at, to, bytes }: Sent): string {
  return `${at} ${to} ${isFrame(bytes) ? "frame" : "plain"} ${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
