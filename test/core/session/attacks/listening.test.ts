/**
 * Somebody listens on the way of two nodes that meet and talk, or asks one of them in the clear. Neither the keys of those who
 * talk nor a word of what they say is in what they get, and lengths come in steps.
 */
import { describe, expect, test } from "vitest";
import { type Endpoint, encode, isFrame } from "../../../../src/wire/index.ts";
import { HELLO, join, posts } from "../../said.ts";
import { A, B, full, identity, idOf } from "../full.ts";
import { ATTACKER, talking } from "./attack.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("whoever listens", () => {
  test("finds neither certificate, key nor nick of those who meet, and no word of what they say", () => {
    const { world, a, b } = talking();
    for (let n = 1; n <= 30; n++) a.command(posts(n, `a secret ${n}`));
    world.run(2_000);
    expect(b.posts()).toHaveLength(30);
    const wire = world.sent.map(({ bytes }) => Buffer.from(bytes).toString("latin1")).join("\n");
    const said = world.sent.map(({ bytes }) => hex(bytes)).join(" ");
    for (const word of ["secret", "nick 1", "nick 2", idOf(a), idOf(b)]) expect(wire.includes(word)).toBe(false);
    for (const seed of [1, 2]) {
      const { publicKey, certificate } = identity(seed);
      for (const form of [publicKey, certificate]) {
        expect(said.includes(hex(form))).toBe(false);
        expect(wire.includes(Buffer.from(form).toString("base64").replace(/=+$/, ""))).toBe(false);
      }
    }
  });

  test("sees what is said in steps of 64 and 256 bytes", () => {
    const { world, a } = talking();
    world.run(3_000);
    const since = world.sent.length;
    for (let length = 1; length <= 900; length += 7) {
      a.command(posts(length, "x".repeat(length)));
      world.run(50);
    }
    const texts = world.sent.slice(since).filter(({ from, bytes }) => from === A && isFrame(bytes) && bytes.length > 100);
    const payloads = new Set(texts.map(({ bytes }) => bytes.length - 29));
    for (const payload of payloads) expect(payload % (payload <= 256 ? 64 : 256) === 0 || payload > 1_024).toBe(true);
    expect(payloads.size).toBeLessThanOrEqual(8);
  });
});

test("whoever says HELLO in the clear is not told whose keys are at which addresses", () => {
  const { world, a, b } = talking();
  full(world, "203.0.113.3:7667" as Endpoint, 3, { peers: [A] });
  const host = world.bare(ATTACKER);
  for (let n = 0; n < 30; n++) {
    host.send(A, HELLO);
    if (n === 2) host.send(A, join({ ptp: { pad: "x".repeat(1_000) } }));
    host.send(A, encode("GETKEY", { channel_id: "6f1c2d84-90ab-4cde-8f01-23456789abcd" }));
    world.run(1_000);
  }
  expect(host.got("ROUTING").length).toBeGreaterThan(0);
  expect(host.got("ROUTING").flatMap(({ nodes }) => nodes)).toContainEqual({ address: B });
  const heard = host.inbox.map(({ text }) => text).join("\n");
  for (const other of [a, b]) expect(heard.includes(idOf(other))).toBe(false);
});
