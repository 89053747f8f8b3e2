/** The proof of an invite, and the parts of a run about a word code, byte for byte. */
import { describe, expect, test } from "vitest";
import { isProof, prove } from "../../../src/core/invite/proof.ts";
import { type ChannelHash, type Event, isSignedByAuthor, signEvent, signedEventBytes } from "../../../src/core/log/event.ts";
import { readEvent } from "../../../src/core/log/event-message.ts";
import { inviteIn } from "../../../src/core/log/invite.ts";
import { PREFIX, signedBytes } from "../../../src/core/log/signing.ts";
import { statementOf } from "../../../src/core/log/statement.ts";
import { base32, beginCPace, concat, finishCPace, unbase32 } from "../../../src/crypto/index.ts";
import { loadRistretto } from "../../../src/crypto/ristretto.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import { decode, type NodeId, type Signature } from "../../../src/wire/index.ts";
import { INVITE } from "../../vectors/invite.ts";

const ristretto = await loadRistretto();

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const key = (id: string) => unbase32(id) as Uint8Array;
const hex = (of: Uint8Array) => Buffer.from(of).toString("hex");
const base64 = (of: Uint8Array) => Buffer.from(of).toString("base64");

function eventIn(message: string, channel: ChannelHash): Event {
  const decoded = decode(new TextEncoder().encode(message));
  if (!decoded.ok || decoded.message.verb !== "MESSAGE") throw new Error("no MESSAGE");
  const event = readEvent(crypto, decoded.message.body, channel);
  if (typeof event === "string") throw new Error(event);
  return event;
}

describe("events of invites", () => {
  const author = crypto.ed25519KeyPair(bytes(INVITE.events.seed));

  test.each(INVITE.events.all)("$about: is read, signed and named as it stands in the vectors", ({ message, channel, signed, id, sig }) => {
    const event = eventIn(message, channel);
    expect([event.id, hex(signedEventBytes(event))]).toEqual([id, signed]);
    expect(signEvent(crypto, event, author).sig).toBe(sig);
    expect(isSignedByAuthor(crypto, event)).toBe(true);
  });

  test("say what they are to say", () => {
    const [made, grant, end] = INVITE.events.all.map(({ message, channel }) => eventIn(message, channel));
    const { inv_pub: key } = INVITE.proof;
    expect(inviteIn(made as Event)).toMatchObject({ kind: "invite", key, role: "member", until: 1_790_604_800_000, uses: 3 });
    expect(statementOf(grant as Event)).toMatchObject({ kind: "grant", node: INVITE.proof.joiner, role: "member", invite: made?.id });
    expect(inviteIn(end as Event)).toMatchObject({ kind: "invite-end", invite: made?.id });
  });
});

describe("a proof", () => {
  const { seed, inv_pub, channel, joiner, handshake_hash, signed, proof } = INVITE.proof;
  const of = { channel: channel as never, joiner: joiner as NodeId, hash: bytes(handshake_hash) };

  test("is a signature over the channel, the joiner and the handshake", () => {
    const invite = crypto.ed25519KeyPair(bytes(seed));
    expect(base32(invite.publicKey)).toBe(inv_pub);
    expect(hex(signedBytes(PREFIX.join, [bytes(channel), key(joiner), bytes(handshake_hash)]))).toBe(signed);
    expect(prove(crypto, invite, of)).toBe(proof);
  });

  test("holds for that channel, joiner and handshake alone, and by that key", () => {
    const holds = (other: Partial<typeof of>, by = inv_pub) => isProof(crypto, proof as Signature, by as NodeId, { ...of, ...other });
    expect(holds({})).toBe(true);
    expect(holds({ channel: "40".repeat(32) as never })).toBe(false);
    expect(holds({ joiner: inv_pub as NodeId })).toBe(false);
    expect(holds({ hash: bytes("ac".repeat(32)) })).toBe(false);
    expect(holds({}, joiner)).toBe(false);
  });
});

test("a run about a word code is as it stands in the vectors", () => {
  const { words, ci, sid, ya, yb, host, guest, ...expected } = INVITE.code;
  const input = { prs: new TextEncoder().encode(words), ci: bytes(ci), sid: bytes(sid) };
  const [a, b] = [beginCPace(crypto, ristretto, input, bytes(ya)), beginCPace(crypto, ristretto, input, bytes(yb))];
  const keys = finishCPace(crypto, ristretto, b, { share: a.share, ad: key(host) }, { share: b.share, ad: key(guest) });
  if (keys === null) throw new Error("no key");
  expect([base64(concat(input.sid, a.share)), base64(b.share)]).toEqual([expected.host_cpace, expected.guest_cpace]);
  expect([hex(keys.isk), base64(keys.responderTag), base64(keys.initiatorTag)]).toEqual([
    expected.isk,
    expected.guest_confirm,
    expected.host_confirm,
  ]);
  const sealing = crypto.hkdfSha256(keys.isk, new Uint8Array(0), new TextEncoder().encode("ptpchat/1 code key"), 32);
  expect(hex(sealing)).toBe(expected.key);
  expect(base64(crypto.seal(sealing, 0, new Uint8Array(0), new TextEncoder().encode(expected.payload)))).toBe(expected.sealed);
});
