/** Nodes that hold sessions, on the fake wire of the core's tests. */
import type { NodeConfig } from "../../../src/core/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { decode, type Endpoint, isFrame } from "../../../src/wire/index.ts";
import { fakeCertificate } from "../fake-certificates.ts";
import { type Host, type Sent, World } from "../world.ts";

/** What makes a node of the fake wire one that holds sessions: a key of its own, and a certificate of that key. */
export function identity(seed: number, nick = ""): Pick<NodeConfig, "publicKey" | "signingKey" | "certificate"> {
  const signingKey = sodiumCrypto.ed25519KeyPair(new Uint8Array(32).fill(seed));
  return { publicKey: signingKey.publicKey, signingKey, certificate: fakeCertificate(signingKey.publicKey, nick) };
}

/** A node at `at` that holds sessions. */
export function full(world: World, at: string, seed: number, config: Partial<NodeConfig> = {}): Host {
  return world.node(at, { ...identity(seed, `nick ${seed}`), ...config });
}

export interface Pair {
  readonly world: World;
  readonly a: Host;
  readonly b: Host;
}

export const A = "203.0.113.1:7667" as Endpoint;
export const B = "203.0.113.2:7667" as Endpoint;

/** A has configured B; both have met. */
export function pair(world = new World()): Pair {
  const b = full(world, B, 2);
  const a = full(world, A, 1, { peers: [B] });
  world.run(500);
  return { world, a, b };
}

export function idOf(host: Host): string {
  return host.node?.nodeId ?? "";
}

/** What went over the wire from `since` on that is no frame: verbs, in their order. */
export function plainVerbs(world: World, since = 0): string[] {
  return world.sent.slice(since).flatMap(({ bytes }) => plainVerb(bytes) ?? []);
}

export function frames(world: World, since = 0): Sent[] {
  return world.sent.slice(since).filter(({ bytes }) => isFrame(bytes));
}

/** The verb of a datagram in the clear; null for a frame. */
export function plainVerb(bytes: Uint8Array): string | null {
  return isFrame(bytes) ? null : verbIn(bytes);
}

function verbIn(bytes: Uint8Array): string {
  const decoded = decode(bytes);
  return decoded.ok ? decoded.message.verb : decoded.reason;
}
