/** What a parcel shows, to whom it opens, and what spoils it. PROTOCOL.md §22.1, §22.2. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ChannelHash } from "../../../src/core/index.ts";
import { boxOf, slotIdOf, slotOf } from "../../../src/core/mailbox/names.ts";
import { openParcel, sealParcel } from "../../../src/core/mailbox/parcel.ts";
import { base32 } from "../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { type BodyOf, base64, fromBase64, type Guid, type NodeId } from "../../../src/wire/index.ts";

const key = sodiumCrypto.ed25519KeyPair(new Uint8Array(32).fill(7));
const owner = base32(key.publicKey) as NodeId;
const channel = "ab".repeat(32) as ChannelHash;
const slot = slotOf(sodiumCrypto, key, channel);
const random = (length: number) => new Uint8Array(length).fill(5);
const message = (text: string): BodyOf<"MESSAGE"> => ({ channel_id: "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid, message: text });
const seal = (text: string) => sealParcel(sodiumCrypto, random, { owner, channel, key: slot.key.publicKey }, message(text));

describe("a slot", () => {
  test("is the same whenever it is asked for, another for each channel, and known by the hash of its pass", () => {
    expect(slotOf(sodiumCrypto, key, channel)).toEqual(slot);
    expect(slotOf(sodiumCrypto, key, "cd".repeat(32) as ChannelHash).pass).not.toBe(slot.pass);
    expect(slotIdOf(sodiumCrypto, slot.pass)).toBe(slot.id);
    expect(boxOf(sodiumCrypto, owner)).not.toBe(
      boxOf(sodiumCrypto, base32(sodiumCrypto.ed25519KeyPair(new Uint8Array(32)).publicKey) as NodeId),
    );
  });
});

describe("a parcel", () => {
  test("opens for its owner, and shows neither text nor length", () => {
    const [short, longer] = [seal("hello"), seal("hello, how are you doing today?")];
    expect(openParcel(sodiumCrypto, owner, slot, short ?? "")).toEqual(message("hello"));
    expect(short?.length).toBe(longer?.length);
    expect(Buffer.from(fromBase64(short ?? "")).includes("hello")).toBe(false);
  });

  test("opens in no other slot, and for nobody else", () => {
    const other = sodiumCrypto.ed25519KeyPair(new Uint8Array(32).fill(8));
    expect(openParcel(sodiumCrypto, owner, slotOf(sodiumCrypto, key, "cd".repeat(32) as ChannelHash), seal("hello") ?? "")).toBe(null);
    expect(openParcel(sodiumCrypto, base32(other.publicKey) as NodeId, slotOf(sodiumCrypto, other, channel), seal("hello") ?? "")).toBe(
      null,
    );
    expect(openParcel(sodiumCrypto, owner, { ...slot, channel: "cd".repeat(32) as ChannelHash }, seal("hello") ?? "")).toBe(null);
  });

  test("of which any byte was changed, or that was cut, does not open", () => {
    const bytes = fromBase64(seal("hello") ?? "");
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(openParcel(sodiumCrypto, owner, slot, base64(changed)), `${at}`).toBe(null);
    }
    for (const length of [0, 1, 31, 32, 47, 48, bytes.length - 1])
      expect(openParcel(sodiumCrypto, owner, slot, base64(bytes.subarray(0, length))), `${length}`).toBe(null);
  });

  test("is not made of what is too long, nor for a key that is none", () => {
    expect(seal("x".repeat(120_000))).toBe(null);
    expect(sealParcel(sodiumCrypto, random, { owner, channel, key: new Uint8Array(32) }, message("hello"))).toBe(null);
  });
});

test("names and parcels are those of the vectors", () => {
  const path = new URL("../../vectors/mailbox.json", import.meta.url);
  for (const vector of JSON.parse(readFileSync(path, "utf8"))) {
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
    const own = sodiumCrypto.ed25519KeyPair(bytes(vector.seed));
    const made = slotOf(sodiumCrypto, own, vector.channel);
    expect(base32(own.publicKey)).toBe(vector.owner);
    expect(boxOf(sodiumCrypto, vector.owner)).toBe(vector.box);
    expect({ pass: made.pass, id: made.id }).toEqual({ pass: vector.slot.pass, id: vector.slot.id });
    expect(Buffer.from(made.key.publicKey).toString("hex")).toBe(vector.slot.public_key);
    const to = { owner: vector.owner, channel: vector.channel, key: bytes(vector.slot.public_key) };
    expect(sealParcel(sodiumCrypto, () => bytes(vector.ephemeral_secret), to, vector.message)).toBe(vector.parcel);
    expect(openParcel(sodiumCrypto, vector.owner, made, vector.parcel)).toEqual(vector.message);
  }
});
