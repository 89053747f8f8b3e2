/** test/vectors/session.json: what the core says, and what a second implementation over other primitives makes of it. */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { type SessionVector, sessionVector } from "../../../scripts/session-vectors.ts";
import { SecondNoise } from "../../crypto/second-noise.ts";
import { fromHex, toHex, vectors } from "../../crypto/vectors.ts";

const vector = vectors<SessionVector>("session");
const NOTHING = new Uint8Array(0);

interface HandshakeText {
  msg_type: string;
  msg_data: { ptp: { v: number; i?: number; to?: number; s?: number[]; n: string } };
}
const [first, second, third] = vector.datagrams
  .flatMap(({ text }) => (text?.includes('"n"') ? [JSON.parse(text) as HandshakeText] : []))
  .map(({ msg_data }) => msg_data.ptp) as [
  HandshakeText["msg_data"]["ptp"],
  HandshakeText["msg_data"]["ptp"],
  HandshakeText["msg_data"]["ptp"],
];
const frames = vector.datagrams.flatMap(({ from, frame }) => (frame === undefined ? [] : [{ from, bytes: fromHex(frame) }]));
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** The handshake as a second implementation plays it, from the keys in the file. */
function replayed() {
  const prologue = new TextEncoder().encode(`ptpchat/1 ${first.s?.join(",")} ${first.i}`);
  const [a, b] = [vector.initiator, vector.responder].map(
    ({ x25519_secrets: [link = "", ephemeral = ""] }) => new SecondNoise(prologue, fromHex(link), fromHex(ephemeral)),
  ) as [SecondNoise, SecondNoise];
  const n1 = a.writeFirst(NOTHING);
  b.readFirst(n1);
  const ofB = a.readSecond(bytesOf(second.n));
  const n2 = b.writeSecond(ofB);
  const n3 = a.writeThird(b.readThird(bytesOf(third.n)));
  return { n1, n2, n3, ofB, a, b };
}

/** Opens one frame: its index, its counter, and the records in it. */
function opened(bytes: Uint8Array, key: Uint8Array): { index: number; counter: bigint; types: number[]; text: string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, view.getBigUint64(5), true);
  const payload = chacha20poly1305(key, nonce, bytes.subarray(0, 13)).decrypt(bytes.subarray(13));
  const types: number[] = [];
  for (let at = 0; at + 3 <= payload.length; at += 3 + (((payload[at + 1] ?? 0) << 8) | (payload[at + 2] ?? 0)))
    types.push(payload[at] ?? 0);
  return { index: view.getUint32(1), counter: view.getBigUint64(5), types, text: new TextDecoder().decode(payload) };
}

describe("the published handshake", () => {
  test("is what the core says, byte for byte; if not on purpose, run scripts/session-vectors.ts", () => {
    expect(sessionVector()).toEqual(vector);
  });

  test("is what a second implementation says with the same keys", () => {
    const { n1, n2, n3 } = replayed();
    expect(toHex(n1)).toBe(toHex(bytesOf(first.n)));
    expect(toHex(n2)).toBe(toHex(bytesOf(second.n)));
    expect(toHex(n3)).toBe(toHex(bytesOf(third.n)));
  });

  test("carries credentials that read as the page says, their link signature by the identity key", () => {
    const { ofB, a } = replayed();
    const view = new DataView(ofB.buffer, ofB.byteOffset, ofB.length);
    expect(view.getUint32(0)).toBe(third.to);
    expect(view.getUint8(4)).toBe(0);
    expect(Number(view.getBigUint64(5))).toBe(vector.clock);
    expect(Number(view.getBigUint64(13))).toBe(vector.clock + 7 * 86_400_000);
    const statement = Buffer.concat([Buffer.from("ptpchat/1 link"), a.rs, ofB.subarray(13, 21)]);
    const key = ed25519.getPublicKey(fromHex(vector.responder.identity_seed));
    expect(ed25519.verify(ofB.subarray(21, 85), statement, key)).toBe(true);
    expect(view.getUint16(85)).toBe(vector.responder.certificate.length / 2);
    expect(toHex(ofB.subarray(87))).toBe(vector.responder.certificate);
  });

  test("gives keys that open the frames: a hello of the responder, then JOIN", () => {
    const [toB, toA] = replayed().a.split();
    const read = frames.map(({ from, bytes }) => ({ from, ...opened(bytes, from === "initiator" ? toB : toA) }));
    expect(read[0]).toMatchObject({ from: "responder", index: first.i, counter: 0n, types: [6] });
    expect(read[1]).toMatchObject({ from: "initiator", index: third.to, counter: 0n });
    expect(read.find(({ text }) => text.includes('"msg_type":"JOIN"'))).toMatchObject({
      from: "initiator",
      types: expect.arrayContaining([1]),
    });
  });
});
