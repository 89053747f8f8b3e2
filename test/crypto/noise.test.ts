import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NoiseRole, NoiseXX } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { SecondNoise } from "./second-noise.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface Case {
  name: string;
  prologue: string;
  initiator: { static: string; ephemeral: string };
  responder: { static: string; ephemeral: string };
  hash?: string;
  messages: { payload: string; ciphertext: string }[];
}

const NOTHING = new Uint8Array(0);
const ZERO_POINT = new Uint8Array(32);
const text = (words: string) => new TextEncoder().encode(words);
const pairOf = (fill: number) => crypto.x25519KeyPair(new Uint8Array(32).fill(fill));

/** Two sides that have exchanged the first `done` messages, and those messages. */
function handshake(done: number, prologue = text("ptpchat test")) {
  const initiator = new NoiseXX(crypto, "initiator", prologue, pairOf(1), pairOf(2));
  const responder = new NoiseXX(crypto, "responder", prologue, pairOf(3), pairOf(4));
  const messages: Uint8Array[] = [];
  for (let at = 0; at < done; at++) {
    const [writer, reader] = at === 1 ? [responder, initiator] : [initiator, responder];
    const message = writer.write(text(`payload ${at}`));
    expect(reader.read(message)).toEqual(text(`payload ${at}`));
    messages.push(message);
  }
  return { initiator, responder, messages };
}

/** The side that reads message `at` and that message, not read yet. */
function beforeReading(at: number): { reader: NoiseXX; message: Uint8Array; payload: Uint8Array } {
  const { initiator, responder } = handshake(at);
  const [writer, reader] = at === 1 ? [responder, initiator] : [initiator, responder];
  return { reader, message: writer.write(text(`payload ${at}`)), payload: text(`payload ${at}`) };
}

function flipped(message: Uint8Array, bit: number): Uint8Array {
  const forged = message.slice();
  forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return forged;
}

describe("Noise XX against published vectors", () => {
  const cases = vectors<{ cases: Case[] }>("noise-xx").cases;

  test.each(cases)("$name: every message, the hash and the transport keys", ({ prologue, initiator, responder, hash, messages }) => {
    const sideOf = (role: NoiseRole, keys: Case["initiator"]) => {
      const [own, ephemeral] = [crypto.x25519KeyPair(fromHex(keys.static)), crypto.x25519KeyPair(fromHex(keys.ephemeral))];
      return new NoiseXX(crypto, role, fromHex(prologue), own, ephemeral);
    };
    const sides = [sideOf("initiator", initiator), sideOf("responder", responder)] as const;
    for (const [at, { payload, ciphertext }] of messages.slice(0, 3).entries()) {
      const [writer, reader] = at === 1 ? [sides[1], sides[0]] : [sides[0], sides[1]];
      expect(toHex(writer.write(fromHex(payload)))).toBe(ciphertext);
      expect(toHex(reader.read(fromHex(ciphertext)) ?? NOTHING)).toBe(payload);
    }
    const [first, second] = [sides[0].finish(), sides[1].finish()];
    expect(second).toEqual({ send: first.receive, receive: first.send, hash: first.hash });
    if (hash !== undefined) expect(toHex(first.hash)).toBe(hash);
    // Transport messages go on in turn, the responder's first; each direction counts from 0.
    for (const [at, { payload, ciphertext }] of messages.slice(3).entries()) {
      const key = at % 2 === 0 ? second.send : first.send;
      expect(toHex(crypto.seal(key, at >> 1, NOTHING, fromHex(payload)))).toBe(ciphertext);
    }
  });
});

describe("Noise XX against a second implementation", () => {
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const bytes = fc.uint8Array({ maxLength: 100 });
  const inputs = fc.record({ prologue: bytes, s1: secret, e1: secret, s2: secret, e2: secret, payloads: fc.tuple(bytes, bytes, bytes) });
  const runs = { numRuns: 15 };

  test("as the initiator: both understand each other and end with the same keys", () => {
    fc.assert(
      fc.property(inputs, ({ prologue, s1, e1, s2, e2, payloads: [p1, p2, p3] }) => {
        const ours = new NoiseXX(crypto, "initiator", prologue, crypto.x25519KeyPair(s1), crypto.x25519KeyPair(e1));
        const theirs = new SecondNoise(prologue, s2, e2);
        expect(theirs.readFirst(ours.write(p1))).toEqual(p1);
        expect(ours.read(theirs.writeSecond(p2))).toEqual(p2);
        expect(theirs.readThird(ours.write(p3))).toEqual(p3);
        const [forth, back] = theirs.split();
        expect(ours.finish()).toEqual({ send: forth, receive: back, hash: theirs.h });
        expect(ours.remoteStatic).toEqual(crypto.x25519KeyPair(s2).publicKey);
        expect(theirs.rs).toEqual(crypto.x25519KeyPair(s1).publicKey);
      }),
      runs,
    );
  });

  test("as the responder", () => {
    fc.assert(
      fc.property(inputs, ({ prologue, s1, e1, s2, e2, payloads: [p1, p2, p3] }) => {
        const theirs = new SecondNoise(prologue, s1, e1);
        const ours = new NoiseXX(crypto, "responder", prologue, crypto.x25519KeyPair(s2), crypto.x25519KeyPair(e2));
        expect(ours.read(theirs.writeFirst(p1))).toEqual(p1);
        expect(theirs.readSecond(ours.write(p2))).toEqual(p2);
        expect(ours.read(theirs.writeThird(p3))).toEqual(p3);
        const [forth, back] = theirs.split();
        expect(ours.finish()).toEqual({ send: back, receive: forth, hash: theirs.h });
        expect(ours.remoteStatic).toEqual(crypto.x25519KeyPair(s1).publicKey);
        expect(theirs.rs).toEqual(crypto.x25519KeyPair(s2).publicKey);
      }),
      runs,
    );
  });
});

describe("Noise XX among strangers", () => {
  test.each([1, 2])("any flipped bit of message %d is refused, and the honest message is still taken after all of them", (at) => {
    const { reader, message, payload } = beforeReading(at);
    // The highest bit of an ephemeral key counts for nothing in X25519, but it does in the hash.
    for (let bit = 0; bit < message.length * 8; bit++) expect(reader.read(flipped(message, bit))).toBeNull();
    expect(reader.read(message)).toEqual(payload);
  });

  test("a flipped bit of message 0, which nothing protects, is refused with the answer to it", () => {
    for (let bit = 0; bit < (32 + text("payload 0").length) * 8; bit++) {
      const { initiator, responder } = handshake(0);
      if (responder.read(flipped(initiator.write(text("payload 0")), bit)) === null) continue;
      expect(initiator.read(responder.write(NOTHING))).toBeNull();
    }
  });

  test.each([0, 1, 2])("message %d, cut short anywhere in what it must have, is refused", (at) => {
    const { reader, message, payload } = beforeReading(at);
    // The payload of message 0 is in the clear: only the 32 bytes of the key are needed.
    for (let length = 0; length < (at === 0 ? 32 : message.length); length++) {
      expect(reader.read(message.subarray(0, length))).toBeNull();
    }
    expect(reader.read(message)).toEqual(payload);
  });

  test.each([1, 2])("message %d with a byte after it is refused", (at) => {
    const { reader, message, payload } = beforeReading(at);
    expect(reader.read(Uint8Array.of(...message, 0))).toBeNull();
    expect(reader.read(message)).toEqual(payload);
  });

  test.each([0, 1, 2])("message %d, with more than 65,535 bytes, is refused", (at) => {
    const { reader, message, payload } = beforeReading(at);
    const long = new Uint8Array(65_536);
    long.set(message);
    expect(reader.read(long)).toBeNull();
    expect(reader.read(message)).toEqual(payload);
  });

  test("an ephemeral key of small order is refused in both messages that carry one", () => {
    for (const at of [0, 1]) {
      const { reader, message, payload } = beforeReading(at);
      for (const first of [0, 1]) {
        const forged = message.slice();
        forged.set(ZERO_POINT);
        forged[0] = first;
        expect(reader.read(forged)).toBeNull();
      }
      expect(reader.read(message)).toEqual(payload);
    }
  });

  // Whoever sends such a key knows the shared secret without any secret of its own: all zero, or nothing mixed in.
  test.each([new Uint8Array(32), null])(
    "a static key of small order is refused, from either side, whatever is mixed in for it",
    (shared) => {
      const end = (stranger: SecondNoise) => {
        const sealedKey = stranger.encryptAndHash(ZERO_POINT);
        if (shared !== null) stranger.mixKey(shared);
        return [...sealedKey, ...stranger.encryptAndHash(NOTHING)];
      };
      const { initiator, responder, messages } = handshake(1);
      const badResponder = new SecondNoise(text("ptpchat test"), pairOf(5).secretKey, pairOf(6).secretKey);
      badResponder.readFirst(messages[0] ?? NOTHING);
      const { publicKey } = pairOf(6);
      badResponder.mixHash(publicKey);
      badResponder.mixKey(crypto.x25519(pairOf(6).secretKey, pairOf(2).publicKey) ?? NOTHING);
      expect(initiator.read(Uint8Array.of(...publicKey, ...end(badResponder)))).toBeNull();

      const badInitiator = new SecondNoise(text("ptpchat test"), pairOf(5).secretKey, pairOf(2).secretKey);
      badInitiator.readFirst(messages[0] ?? NOTHING);
      const answer = responder.write(NOTHING);
      badInitiator.readSecond(answer);
      expect(responder.read(Uint8Array.of(...end(badInitiator)))).toBeNull();
      expect(responder.remoteStatic).toBeNull();

      // The honest messages of the same handshake still complete it.
      expect(initiator.read(answer)).toEqual(NOTHING);
      expect(responder.read(initiator.write(NOTHING))).toEqual(NOTHING);
      expect(responder.remoteStatic).toEqual(pairOf(1).publicKey);
    },
  );

  test("who claims another's static key without its secret cannot finish", () => {
    const claimed = { publicKey: pairOf(1).publicKey, secretKey: pairOf(5).secretKey };
    const { responder } = handshake(0);
    const liar = new NoiseXX(crypto, "initiator", text("ptpchat test"), claimed, pairOf(6));
    responder.read(liar.write(NOTHING));
    liar.read(responder.write(NOTHING));
    expect(responder.read(liar.write(NOTHING))).toBeNull();
  });

  test("messages of another handshake, or of this one again, are refused at every stage", () => {
    const other = {
      initiator: new NoiseXX(crypto, "initiator", text("ptpchat test"), pairOf(1), pairOf(7)),
      responder: new NoiseXX(crypto, "responder", text("ptpchat test"), pairOf(3), pairOf(8)),
    };
    const foreign = [other.initiator.write(text("payload 0"))];
    other.responder.read(foreign[0] ?? NOTHING);
    foreign.push(other.responder.write(text("payload 1")));
    other.initiator.read(foreign[1] ?? NOTHING);
    foreign.push(other.initiator.write(text("payload 2")));

    for (let done = 1; done <= 3; done++) {
      const { initiator, responder, messages } = handshake(done);
      for (const message of [...messages, ...foreign]) {
        expect(initiator.read(message)).toBeNull();
        expect(responder.read(message)).toBeNull();
      }
    }
  });

  test("with different prologues the second message is refused", () => {
    const { initiator } = handshake(0, text("ptpchat/1 suites 1"));
    const { responder } = handshake(0, text("ptpchat/1 suites 1,2"));
    responder.read(initiator.write(NOTHING));
    expect(initiator.read(responder.write(NOTHING))).toBeNull();
  });

  test("noise of any length never gets in and never throws", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 }), fc.uint8Array({ maxLength: 300 }), (at, junk) => {
        expect(beforeReading(at).reader.read(junk)).toBeNull();
      }),
    );
  });

  test("a message is neither changed nor kept: its buffer may be used again as soon as it was read", () => {
    const { initiator, responder } = handshake(0);
    for (const [writer, reader] of [
      [initiator, responder],
      [responder, initiator],
      [initiator, responder],
    ] as const) {
      const message = writer.write(text("payload"));
      const before = message.slice();
      const payload = reader.read(message);
      expect(message).toEqual(before);
      message.fill(0);
      expect(payload).toEqual(text("payload"));
    }
    expect(initiator.finish().send).toEqual(responder.finish().receive);
    expect(responder.remoteStatic).toEqual(pairOf(1).publicKey);
  });
});

describe("Noise XX in turn", () => {
  test("a side takes no message in its own turn", () => {
    expect(handshake(0).initiator.read(handshake(1).messages[0] ?? NOTHING)).toBeNull();
    expect(handshake(1).responder.read(handshake(2).messages[1] ?? NOTHING)).toBeNull();
    expect(handshake(2).initiator.read(handshake(3).messages[2] ?? NOTHING)).toBeNull();
  });

  test("only the side whose turn it is writes, and nobody before the third message has keys", () => {
    for (let done = 0; done <= 3; done++) {
      const { initiator, responder } = handshake(done);
      if (done !== 0 && done !== 2) expect(() => initiator.write(NOTHING)).toThrow("turn");
      if (done !== 1) expect(() => responder.write(NOTHING)).toThrow("turn");
      if (done < 3) expect(() => initiator.finish()).toThrow("not done");
      if (done < 3) expect(() => responder.finish()).toThrow("not done");
    }
  });

  test("the responder learns who the initiator is from the third message only", () => {
    const known = (done: number) => [handshake(done).initiator.remoteStatic, handshake(done).responder.remoteStatic];
    expect(known(1)).toEqual([null, null]);
    expect(known(2)).toEqual([pairOf(3).publicKey, null]);
    expect(known(3)).toEqual([pairOf(3).publicKey, pairOf(1).publicKey]);
  });

  test("a payload that makes the message longer than 65,535 bytes is the caller's mistake, and changes nothing", () => {
    const { initiator, responder } = handshake(1);
    expect(() => responder.write(new Uint8Array(65_535 - 96 + 1))).toThrow("too long");
    const largest = responder.write(new Uint8Array(65_535 - 96));
    expect(initiator.read(largest)?.length).toBe(65_535 - 96);
  });

  test("the payloads of the second and third message cannot be read from the wire, nor the initiator's key", () => {
    const { messages } = handshake(3);
    const wire = messages.slice(1).map(toHex).join();
    for (const hidden of [text("payload 1"), text("payload 2"), pairOf(1).publicKey, pairOf(3).publicKey]) {
      expect(wire).not.toContain(toHex(hidden));
    }
  });
});
