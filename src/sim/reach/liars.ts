/**
 * Rendezvous that lie. Each runs the real core over primitives that change what it says inside its sessions before it is
 * sealed, byte for byte of the same length: so to the others it is an authentic node that does not keep to the protocol.
 */
import type { Crypto } from "../../crypto/index.ts";
import type { Random } from "../random.ts";

/**
 * - `drops`: passes nothing on over RELAY.
 * - `damages`: changes what it passes on.
 * - `replays`: says again what it passed on before, in place of what it should.
 * - `misroutes`: names other addresses and other keys in ROUTING and CHANNEL than it hears.
 * - `misleads`: writes other endpoints into CONNECT than it observed.
 */
export const LIES = ["drops", "damages", "replays", "misroutes", "misleads"] as const;
export type Lie = (typeof LIES)[number];

/** Of the messages that it lies about. */
const SHARE = 0.7;
/** What it keeps to say again. */
const KEPT_MAX = 256;

const decoder = new TextDecoder("latin1");

export function lyingCrypto(crypto: Crypto, lie: Lie, random: Random): Crypto {
  const twist = twistOf(lie, random);
  return {
    ...crypto,
    sealInto(out, key, counter, ad, plaintext) {
      if (random.chance(SHARE)) twist(plaintext);
      crypto.sealInto(out, key, counter, ad, plaintext);
    },
  };
}

type Twist = (plaintext: Uint8Array) => void;

function twistOf(lie: Lie, random: Random): Twist {
  switch (lie) {
    case "drops":
      return (bytes) => overwrite(bytes, '"RELAY"', '"OTHER"');
    case "damages":
      return (bytes) => damage(bytes, random);
    case "replays":
      return replaying(random);
    case "misroutes":
      return (bytes) => {
        for (const verb of ['"ROUTING"', '"CHANNEL"']) if (find(bytes, verb, 0) >= 0) readdress(bytes, random);
      };
    case "misleads":
      return (bytes) => {
        if (find(bytes, '"CONNECT"', 0) >= 0) readdress(bytes, random);
      };
  }
}

function damage(bytes: Uint8Array, random: Random): void {
  const at = find(bytes, '"RELAY"', 0);
  const carried = at < 0 ? -1 : find(bytes, '"d":"', at);
  if (carried < 0 || carried + 40 >= bytes.length) return;
  bytes[carried + 5 + random.below(32)] = 65 + random.below(26);
}

/** One of the same length, so that it fits. */
function replaying(random: Random): Twist {
  const kept: Uint8Array[] = [];
  return (bytes) => {
    if (find(bytes, '"RELAY"', 0) < 0) return;
    const before = kept.filter((each) => each.length === bytes.length);
    const copy = bytes.slice();
    if (before.length > 0) bytes.set(random.pick(before));
    kept.push(copy);
    if (kept.length > KEPT_MAX) kept.shift();
  };
}

/** Another digit in each address, and another letter in each key. */
function readdress(bytes: Uint8Array, random: Random): void {
  const text = decoder.decode(bytes);
  for (const { index } of text.matchAll(/198\.\d+\.\d+\.\d+:\d/g))
    bytes[index + text.slice(index).indexOf(":") - 1] = 48 + random.below(10);
  for (const { index } of text.matchAll(/"node_id":"/g)) bytes[index + 11 + random.below(40)] = 65 + random.below(6);
}

function overwrite(bytes: Uint8Array, from: string, to: string): void {
  for (let at = find(bytes, from, 0); at >= 0; at = find(bytes, from, at + 1))
    for (let i = 0; i < to.length; i++) bytes[at + i] = to.charCodeAt(i);
}

function find(bytes: Uint8Array, text: string, from: number): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1;
    while (same < text.length && bytes[at + same] === text.charCodeAt(same)) same++;
    if (same === text.length) return at;
  }
  return -1;
}
