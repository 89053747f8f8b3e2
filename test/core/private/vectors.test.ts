/** test/vectors/sealed.json, read by the page (PROTOCOL.md §19) with other primitives than ours: those of Node and of @hpke/core. */
import { createDecipheriv, createHash, hkdfSync, verify } from "node:crypto";
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { describe, expect, test } from "vitest";
import { fromBase32 } from "../../../src/core/log/text-form.ts";
import { fromHex, toHex, vectors } from "../../crypto/vectors.ts";

interface Said {
  kind: string;
  text: string;
  details: [string, string][];
}

interface PastRange {
  author: string;
  inst: string;
  from: number;
  to: number;
  id: string;
}

interface SealedVectors {
  channel: string;
  author: { id: string };
  member: { id: string };
  helper: { id: string };
  epoch: number;
  chain_keys: string[];
  sealed: (Said & { words: Said; n: number; salt: string })[];
  prekey: Said & { secret: string; id: string };
  key: Said;
  getkey: { otk_secret: string; ptp: { otk: string; nonce: string; sig: string } };
  answer: { nonce: string; sig: string; key: string };
  getpast: { otk_secret: string; ptp: { past: PastRange[]; otk: string; nonce: string; sig: string } };
  past: { count: number; nonce: string; sig: string; key: string; keys: string[] };
}

const given = vectors<SealedVectors>("sealed");
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() });
const NO_SALT = new Uint8Array(0);

const hkdf = (key: Uint8Array, salt: Uint8Array, info: string) => new Uint8Array(hkdfSync("sha256", key, salt, info, 32));
const bytes = (text = "") => new Uint8Array(Buffer.from(text, "base64url"));
const node = (id: string) => fromBase32(id);
const detail = ({ details }: Said, name: string) => details.find(([each]) => each === name)?.[1] ?? "";

function u64(value: number): Uint8Array {
  const into = Buffer.alloc(8);
  into.writeBigUInt64BE(BigInt(value));
  return into;
}

/** The list of §13.4. */
function list(...values: (string | number | Uint8Array)[]): Uint8Array {
  const parts = values.map((value) => (typeof value === "string" ? Buffer.from(value) : typeof value === "number" ? u64(value) : value));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

function open(key: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Buffer {
  const cipher = createDecipheriv("chacha20-poly1305", key, new Uint8Array(12), { authTagLength: 16 });
  cipher.setAAD(ad, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

async function unbox(secret: string, info: Uint8Array, box: Uint8Array): Promise<string> {
  const recipientKey = await suite.kem.importKey("raw", fromHex(secret).buffer as ArrayBuffer, false);
  const whole = { recipientKey, info: new Uint8Array(info).buffer, enc: box.slice(0, 32).buffer };
  return toHex(new Uint8Array(await suite.open(whole, box.slice(32).buffer)));
}

function isSigned(by: string, what: Uint8Array, signature: string): boolean {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), node(by)]);
  return verify(null, what, { key: der, format: "der", type: "spki" }, bytes(signature));
}

test("each chain key follows from the one before", () => {
  for (const [n, key] of given.chain_keys.slice(0, -1).entries())
    expect(toHex(hkdf(fromHex(key), NO_SALT, "c"))).toBe(given.chain_keys[n + 1]);
});

describe("a sealed event", () => {
  test.each(given.sealed.map((each) => [each.n, each] as const))(
    "opens at place %i, is committed to its key, and is as long as the page says",
    (n, event) => {
      const salt = fromHex(event.salt);
      const key = hkdf(fromHex(given.chain_keys[n] ?? ""), salt, "m");
      expect(detail(event, "kc")).toBe(Buffer.from(hkdf(key, NO_SALT, "commit")).toString("base64url"));
      const ad = list("ptpchat/1 sealed", fromHex(given.channel), node(given.author.id), given.epoch, n, salt);
      const plain = open(key, ad, bytes(detail(event, "c")));
      const { kind, text, details } = event.words;
      const inside = list(kind, text, ...details.flat());
      expect(plain.readUInt32BE(0)).toBe(inside.length);
      expect(plain.subarray(4, 4 + inside.length).equals(inside)).toBe(true);
      expect(plain.subarray(4 + inside.length).every((byte) => byte === 0)).toBe(true);
      expect(plain.length % (plain.length <= 256 ? 64 : 256)).toBe(0);
      expect(event).toMatchObject({ kind: "sealed", text: "" });
    },
  );
});

test("the box of a key event opens with the prekey, and with what it is bound to", async () => {
  const { prekey, key, channel, author, member, epoch } = given;
  const published = bytes(detail(prekey, "key"));
  expect(toHex(createHash("sha256").update(published).digest().subarray(0, 8))).toBe(prekey.id);
  const [to, id, box] = detail(key, "box").split(" ");
  expect([to, id, detail(key, "epoch")]).toEqual([member.id, prekey.id, `${epoch}`]);
  const info = list("ptpchat/1 box", fromHex(channel), node(author.id), node(member.id), epoch, prekey.id);
  expect(await unbox(prekey.secret, info, bytes(box))).toBe(given.chain_keys[0]);
});

test("a question is signed for both ends, and its answer opens with the key made for it", async () => {
  const { getkey, answer, channel, author, member, helper, epoch } = given;
  const ends = [fromHex(channel), node(author.id), epoch, node(member.id), node(helper.id)] as const;
  const nonce = bytes(getkey.ptp.nonce);
  expect(isSigned(member.id, list("ptpchat/1 getkey", ...ends, bytes(getkey.ptp.otk), nonce), getkey.ptp.sig)).toBe(true);
  const box = bytes(answer.key);
  expect(isSigned(helper.id, list("ptpchat/1 key", ...ends, nonce, box), answer.sig)).toBe(true);
  expect(await unbox(getkey.otk_secret, list("ptpchat/1 key box", ...ends, nonce), box)).toBe(given.chain_keys[0]);
});

test("a question for what was said before names each range, and its answer has a key, or none, for each event", async () => {
  const { getpast, past, channel, member, helper, sealed, chain_keys } = given;
  const ends = [fromHex(channel), node(member.id), node(helper.id)] as const;
  const nonce = bytes(getpast.ptp.nonce);
  const ranges = getpast.ptp.past.flatMap(({ author, inst, from, to, id }) => [node(author), fromHex(inst), from, to, fromHex(id)]);
  expect(isSigned(member.id, list("ptpchat/1 getpast", ...ends, bytes(getpast.ptp.otk), nonce, ...ranges), getpast.ptp.sig)).toBe(true);
  const box = bytes(past.key);
  expect(isSigned(helper.id, list("ptpchat/1 past", ...ends, nonce, box), past.sig)).toBe(true);
  const slots = await unbox(getpast.otk_secret, list("ptpchat/1 past box", ...ends, nonce), box);
  const nothing = "00".repeat(32);
  expect(slots).toBe(`01${past.keys[0]}01${past.keys[1]}00${nothing}02${nothing}`);
  expect(past.count).toBe(4);
  for (const [at, n] of [1, 0].entries())
    expect(toHex(hkdf(fromHex(chain_keys[n] ?? ""), fromHex(sealed[n]?.salt ?? ""), "m"))).toBe(past.keys[at]);
});
