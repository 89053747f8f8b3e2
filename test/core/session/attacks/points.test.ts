/**
 * Row 13: points of small order, where a shared secret is the same for every key and so known to everybody. A node takes
 * none of them as the other's ephemeral or static key; the twelve edge cases of Ed25519 and the vectors of others are in
 * test/crypto.
 */
import { describe, expect, test } from "vitest";
import type { Crypto, X25519KeyPair } from "../../../../src/crypto/index.ts";
import { NoiseXX } from "../../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../../src/crypto/sodium/index.ts";
import { base64, encode, fromBase64 } from "../../../../src/wire/index.ts";
import { World } from "../../world.ts";
import { A, B, full } from "../full.ts";
import { ATTACKER, lonely, sessionsOf, spoof } from "./attack.ts";
import { type First, Forger, firstIn, laterBytes, laterIn, prologueOf } from "./forger.ts";

/** The points of small order of Curve25519 and its twist, in every encoding below 2^255 (RFC 7748 §5, §6.1). */
const CANONICAL = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
/** The same with the highest bit set, which X25519 does not read. */
const SMALL = [...CANONICAL, ...CANONICAL.map((hex) => hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) | 0x80).toString(16))];

/** In place of a secret key: whoever shows such a point knows the shared secret without one, and it is zero. */
const NO_SECRET = new Uint8Array(32).fill(0xee);
const ZERO = new Uint8Array(32);

/** The attacker's primitives: where honest ones refuse a secret of zeros, these go on with it. */
const lax: Crypto = {
  ...sodiumCrypto,
  x25519: (secret, key) => (secret.every((byte) => byte === 0xee) ? ZERO : (sodiumCrypto.x25519(secret, key) ?? ZERO)),
};

function pointOf(hex: string): X25519KeyPair {
  return { publicKey: Uint8Array.from(Buffer.from(hex, "hex")), secretKey: NO_SECRET };
}

describe.each(SMALL)("the point %s", (hex) => {
  test("as the ephemeral key of message 1 gets no answer", () => {
    const { world, node } = lonely();
    spoof(world, ATTACKER, A, encode("GETCERTIFICATE", { ptp: { ...new Forger(5).begin().first, n: base64(pointOf(hex).publicKey) } }));
    world.run(50);
    expect(node.dropped("bad-handshake")).toBe(1);
    expect(world.sent.filter(({ to }) => to === ATTACKER)).toEqual([]);
  });

  test.each([
    ["ephemeral", (forger: Forger) => [forger.link, pointOf(hex)] as const],
    ["static", (forger: Forger) => [pointOf(hex), forger.keyPair()] as const],
  ])("as the %s key of message 2 makes no session", (_which, keys) => {
    const world = new World();
    const a = full(world, A, 1, { peers: [B] });
    const first = world.sent.map(({ bytes }) => firstIn(bytes)).find((each) => each !== null) as First;
    const forger = new Forger(66);
    const [own, ephemeral] = keys(forger);
    forger.link = own;
    const noise = new NoiseXX(lax, "responder", prologueOf(first.s ?? [], first.i ?? 0), own, ephemeral);
    noise.read(fromBase64(first.n ?? ""));
    spoof(world, B, A, laterBytes({ v: 1, to: first.i ?? 0, n: base64(noise.write(forger.credentials(7))) }));
    world.run(50);
    expect(a.dropped("bad-handshake")).toBe(1);
    expect(sessionsOf(a)).toEqual([]);
  });

  test("as the static key of message 3 makes no session", () => {
    const { world, node } = lonely();
    const host = world.bare(ATTACKER);
    const forger = new Forger(66);
    forger.link = pointOf(hex);
    const index = forger.index();
    const noise = new NoiseXX(lax, "initiator", prologueOf([1], index), forger.link, forger.keyPair());
    const n = base64(noise.write(new Uint8Array(0)));
    host.send(A, encode("GETCERTIFICATE", { ptp: { v: 1, i: index, s: [1], n, pad: "x".repeat(1_200) } }));
    world.run(20);
    const second = host.inbox.map(({ bytes }) => laterIn(bytes)).find((each) => each?.n !== undefined);
    const shown = noise.read(fromBase64(second?.n ?? ""));
    if (shown === null) throw new Error("message 2 does not open");
    const to = new DataView(shown.buffer, shown.byteOffset).getUint32(0);
    host.send(A, laterBytes({ v: 1, to, n: base64(noise.write(forger.credentials(index))) }));
    world.run(50);
    expect(node.dropped("bad-handshake")).toBe(1);
    expect(sessionsOf(node)).toEqual([]);
  });
});

test("with an honest key the same script does make a session", () => {
  const { world, node } = lonely();
  const host = world.bare(ATTACKER);
  const opening = new Forger(66).begin();
  host.send(A, opening.bytes());
  world.run(20);
  const seen = host.inbox.map(({ bytes }) => opening.read(laterIn(bytes) ?? { v: 1 })).find((each) => each !== null);
  host.send(A, laterBytes(opening.finish(seen?.remoteIndex ?? 0).third));
  world.run(20);
  expect(sessionsOf(node)).toHaveLength(1);
});
