/**
 * Writes test/vectors/sealed.json: sealed events, a box and an answer of a private channel, with every key and number that went into
 * them. A test checks them with other primitives than ours.
 *
 *   node scripts/sealed-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ChannelHash } from "../src/core/index.ts";
import { keyWords } from "../src/core/private/boxes.ts";
import { Chain, messageKey } from "../src/core/private/chain.ts";
import { answerPast, askPast, type PastRange, pastOtkOf } from "../src/core/private/past-keys.ts";
import { prekeyId, prekeyWords } from "../src/core/private/prekeys.ts";
import { answerTo, KeySearch, otkOf } from "../src/core/private/repair.ts";
import { sealWords } from "../src/core/private/sealing.ts";
import { base32 } from "../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../src/crypto/sodium/index.ts";
import type { EventId, InstanceId, NodeId } from "../src/wire/index.ts";

const FILE = fileURLToPath(new URL("../test/vectors/sealed.json", import.meta.url));

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const filled = (byte: number, length = 32) => new Uint8Array(length).fill(byte);
/** Random bytes that are not. */
const counting = (from: number) => {
  let next = from;
  return (length: number) => filled(next++, length);
};

const [author, member, helper] = [1, 2, 3].map((seed) => crypto.ed25519KeyPair(filled(seed)));
if (author === undefined || member === undefined || helper === undefined) throw new Error("three keys");
const nameOf = ({ publicKey }: { readonly publicKey: Uint8Array }) => base32(publicKey) as NodeId;
const channel = hex(filled(0xc4)) as ChannelHash;
const name = { channel, author: nameOf(author), epoch: 1_795_600_000_000_000 };
const start = filled(0x50);
const chain = new Chain(crypto, start);
const prekey = crypto.x25519KeyPair(filled(0x70));

const said = [
  { kind: "post", text: "hello", details: [] },
  { kind: "reaction", text: "👍", details: [["target", `1795600000000000:${"ab".repeat(32)}`]] },
  { kind: "post", text: "x".repeat(300), details: [] },
] as const;

const asker = new KeySearch(crypto, counting(0x20), nameOf(member), member, channel);
const awaited = [{ author: name.author, epoch: name.epoch, count: 1 }];
asker.ask(awaited, [], 0);
const [asked] = asker.ask(awaited, [nameOf(helper)], 10_000);
if (asked === undefined) throw new Error("nothing was asked");
const ends = { asker: nameOf(member), answerer: nameOf(helper) };
const otk = otkOf(crypto, name, ends, asked.question);
const answer = otk === null ? null : answerTo(crypto, counting(0x30), helper, name, ends, asked.question, otk, start);

const pastKeys = [1, 0].map((n) => messageKey(crypto, chain.at(n) as Uint8Array, filled(0x60 + n, 16)));
const ranges: PastRange[] = [
  { author: name.author, inst: "11".repeat(8) as InstanceId, from: 4, to: 5, id: "a5".repeat(32) as EventId },
  { author: name.author, inst: "22".repeat(8) as InstanceId, from: 9, to: 10, id: "ba".repeat(32) as EventId },
];
const pastOtk = crypto.x25519KeyPair(filled(0x40));
const asksPast = askPast(crypto, member, channel, ends, ranges, pastOtk.publicKey, filled(0x41, 16));
const known = pastOtkOf(crypto, channel, ends, asksPast);
const past =
  known === null ? null : answerPast(crypto, counting(0x42), helper, channel, ends, asksPast, known, [...pastKeys, "not-here", "deleted"]);

const vectors = {
  about:
    "A private channel (PROTOCOL.md §19). Bytes are hex where they are no detail of an event. Random values are one byte repeated, so that they can be told apart.",
  channel,
  author: { id: name.author },
  member: { id: nameOf(member), seed: hex(filled(2)) },
  helper: { id: nameOf(helper), seed: hex(filled(3)) },
  epoch: name.epoch,
  chain_keys: [0, 1, 2].map((n) => hex(chain.at(n) as Uint8Array)),
  sealed: said.map((words, n) => ({
    words,
    n,
    salt: hex(filled(0x60 + n, 16)),
    ...sealWords(crypto, name, chain, n, filled(0x60 + n, 16), words).sealed,
  })),
  prekey: { secret: hex(prekey.secretKey), id: prekeyId(crypto, prekey.publicKey), ...prekeyWords(prekey.publicKey) },
  key: {
    ephemeral_secret: hex(filled(0x10)),
    ...keyWords(crypto, counting(0x10), name, start, [
      { node: nameOf(member), prekey: { id: prekeyId(crypto, prekey.publicKey), publicKey: prekey.publicKey } },
    ])[0],
  },
  getkey: { otk_secret: hex(filled(0x20)), ptp: asked.question },
  answer: { ephemeral_secret: hex(filled(0x30)), ...answer },
  getpast: { otk_secret: hex(filled(0x40)), ptp: asksPast },
  past: { ephemeral_secret: hex(filled(0x42)), keys: pastKeys.map(hex), ...past },
};

writeFileSync(FILE, `${JSON.stringify(vectors, null, 2)}\n`);
