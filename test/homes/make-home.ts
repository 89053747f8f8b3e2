/**
 * Makes a frozen home: what a user of this version has on disk, for the tests of all later versions to open.
 *
 *   node test/homes/make-home.ts v1
 *
 * It is run once for each schema that is released, and what it made is never changed: a home that exists is refused.
 * `expected.json` beside key file and store says what must be found in them.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BlockShelf } from "../../src/app/files/block-shelf.ts";
import { filesDirectory } from "../../src/app/files/file-room.ts";
import { PreviewMaker } from "../../src/app/files/preview.ts";
import { sealFile } from "../../src/app/files/sealing.ts";
import { loadOrMakeIdentity, STORE_FILE } from "../../src/app/identity.ts";
import { type Change, type ChannelHash, type Event, type FileInfo, type RestoredLogs, type StoredChannel, type StoredContact, type StoredEvent, type StoredKey, type StoredMember, type StoredNick, type StoredLeftMark, type StoredMailboxOwner, type StoredOwnMailbox, type StoredParcel, type StoredQuiet, type StoredQuota, type StoredSigned, type TalkRequest } from "../../src/core/index.ts";
import { fileDetails } from "../../src/core/files/announced.ts";
import { eventOf, signEvent } from "../../src/core/log/event.ts";
import type { Stretch } from "../../src/core/log/log.ts";
import { toHex } from "../../src/core/log/text-form.ts";
import { base32, openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { type Endpoint, type EventId, type Guid, guidFrom, type InstanceId, type NodeId } from "../../src/wire/index.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const UNNAMED = "0b0e1f7e-5b0c-4a3e-9d59-1f2a3b4c5d6e" as Guid;
const LEFT = "a3d1e8cd-1035-8efa-9f5a-05fab4001167" as Guid;
const GARDEN_HASH = toHex(openChannelHash(crypto, "garden")) as ChannelHash;
const GARDEN = guidFrom(openChannelHash(crypto, "garden"));
const OWNED_HASH = "3f".repeat(32) as ChannelHash;
const OWNED = "3f3f3f3f-3f3f-8f3f-bf3f-3f3f3f3f3f3f" as Guid;
const ATTIC_HASH = "5a".repeat(32) as ChannelHash;
const ATTIC = "5a5a5a5a-5a5a-8a5a-9a5a-5a5a5a5a5a5a" as Guid;
const TALK = "6b6b6b6b-6b6b-8b6b-ab6b-6b6b6b6b6b6b" as Guid;
const INST = "0123456789abcdef" as InstanceId;
const ALICE = "192.0.2.1:4000" as Endpoint;
const BOB = "[2001:db8::2]:4000" as Endpoint;
const BEGUN = 1_790_000_000_000;
/** Of the private channel. */
const EPOCH = 1_000 * BEGUN;
const PASSPHRASE = "a frozen passphrase";

const channels: StoredChannel[] = [
  { id: LOBBY, name: "lobby", mode: "bare", joinedAt: BEGUN },
  { id: UNNAMED, name: "", mode: "bare", joinedAt: BEGUN + 1 },
  { id: GARDEN, name: "garden", mode: "open", joinedAt: BEGUN + 2, inst: INST },
  { id: OWNED, name: "garden", mode: "open", joinedAt: BEGUN + 3, inst: null, genesis: OWNED_HASH },
  { id: ATTIC, name: "attic", mode: "open", joinedAt: BEGUN + 4, inst: INST, genesis: ATTIC_HASH },
  { id: TALK, name: "", mode: "open", joinedAt: BEGUN + 5, inst: null, pair: "4".repeat(51).padEnd(52, "0") as NodeId },
];
const members: StoredMember[] = [
  { channelId: UNNAMED, endpoint: BOB, heardAt: BEGUN + 2 },
  { channelId: LOBBY, endpoint: ALICE, heardAt: BEGUN + 3 },
  { channelId: LOBBY, endpoint: BOB, heardAt: BEGUN + 4 },
];
const events: StoredEvent[] = [
  event(1, LOBBY, { body: "Grüße aus dem Garten 🌻" }),
  event(2, LOBBY, { own: true, author: BOB, body: 'two\nlines\tand "quotes"' }),
  event(3, UNNAMED, { body: "" }),
  event(4, LOBBY, { kind: "reaction", body: '{"to":"1"}', verified: true }),
  event(5, LEFT, { body: "from a channel that was left" }),
  ...Array.from({ length: 40 }, (_, n) => event(100 + n, LOBBY, { body: `post number ${n}`, at: BEGUN - n })),
];
const keys: StoredKey[] = [
  { channelId: UNNAMED, from: ALICE, cipher: "aes-256", key: "c2VjcmV0", at: BEGUN + 5 },
  { channelId: UNNAMED, from: BOB, cipher: "aes-256", key: "b3RoZXI=", at: BEGUN + 6 },
];

const contacts: StoredContact[] = [
  { nodeId: "0BRW0AE6YWEA3QPNTDMSMERPAXTX0A0VFPPYERY67MMN1EDQBCWG", name: "Grüße", addedAt: BEGUN + 7, verifiedAt: null },
  { nodeId: "4".repeat(51).padEnd(52, "0"), name: "bob", addedAt: BEGUN + 8, verifiedAt: BEGUN + 9 },
  { nodeId: "5".repeat(51).padEnd(52, "0"), name: "cleo", addedAt: BEGUN + 9, verifiedAt: null, path: "relay" },
  { nodeId: "6".repeat(51).padEnd(52, "0"), name: "dora", addedAt: BEGUN + 10, verifiedAt: BEGUN + 11, verifiedBy: "code", path: "lan" },
  { nodeId: "7".repeat(51).padEnd(52, "0"), name: "emil", addedAt: BEGUN + 11, verifiedAt: BEGUN + 12, verifiedBy: "qr" },
];

const nicks: StoredNick[] = [
  { nodeId: "5".repeat(51).padEnd(52, "0"), nick: "", at: BEGUN + 10 },
  { nodeId: "4".repeat(51).padEnd(52, "0"), nick: "Bob 🌻", at: BEGUN + 11 },
  { nodeId: "6".repeat(51).padEnd(52, "0"), nick: "Cleo", at: BEGUN + 12, said: 1_000 * BEGUN + 12 },
];

const quiet: StoredQuiet[] = [
  { nodeId: "5".repeat(51).padEnd(52, "0"), how: "muted", at: BEGUN + 12 },
  { nodeId: "4".repeat(51).padEnd(52, "0"), how: "blocked", at: BEGUN + 13 },
];

const quotas: StoredQuota[] = [
  { channelId: null, quota: { bytes: 1_000_000_000, days: null } },
  { channelId: GARDEN, quota: { bytes: null, days: 3_650 } },
];

const AUTHOR = crypto.ed25519KeyPair(new Uint8Array(32).fill(7));
const KINDS = ["post", "edit", "reaction", "nick", "from-the-future"];

/** A log of seven events, and three that leave it after the fourth. */
const log = [1, 2, 3, 4, 5, 6, 7].reduce<Event[]>((events, n) => [...events, signedEvent(n, events.at(-1))], []);
const fork = [8, 9, 10].reduce<Event[]>((events, n) => [...events, signedEvent(n, events.at(-1) ?? log[3])], []);
const signed: StoredSigned[] = [
  ...log.map((event) => ({ channelId: GARDEN, own: true, event, branch: 0 })),
  ...fork.map((event) => ({ channelId: GARDEN, own: false, event, branch: 1 })),
];
const logs: RestoredLogs[] = [
  {
    channel: GARDEN_HASH,
    rows: [
      {
        author: base32(AUTHOR.publicKey) as NodeId,
        inst: INST,
        floor: 1,
        branches: [
          [0, { root: null, stretches: [stretchOf(log)] }],
          [1, { root: { branch: 0, seq: 4 }, stretches: [stretchOf(fork)] }],
        ],
      },
    ],
  },
];

/** Of a private channel: one that is open, and one whose key is missing. */
const sealedLog = [21, 22].reduce<Event[]>((events, n) => [...events, signedEvent(n, events.at(-1), ATTIC_HASH)], []);
const sealed: StoredSigned[] = sealedLog.map((event, at) => {
  const sight =
    at === 0
      ? { seen: { kind: "post", text: "sealed word 🌻", details: [["note", "Grüße"]] as const } }
      : { seen: { kind: "sealed", text: "", details: [] }, waits: EPOCH };
  return { channelId: ATTIC, own: at === 0, event, branch: 0, ...sight };
});
const SENDER_KEY = { channel: ATTIC_HASH, author: base32(AUTHOR.publicKey) as NodeId, epoch: EPOCH - 1, at: BEGUN + 9 };
const PREKEYS = [
  { channel: ATTIC_HASH, id: "0123456789abcdef", madeAt: BEGUN + 2, replacedAt: null },
  { channel: ATTIC_HASH, id: "fedcba9876543210", madeAt: BEGUN + 1, replacedAt: BEGUN + 2 },
];

/** Mailboxes: what lies here for others, where something lies for us, how far our log has been left; and where a member has one. */
const OTHERS = ["4", "5"].map((digit) => digit.repeat(51).padEnd(52, "0")) as [NodeId, NodeId];
const SLOTS = ["d".repeat(64), "e".repeat(64)];
const owners: StoredMailboxOwner[] = [{ nodeId: OTHERS[0], slots: SLOTS }];
const own: StoredOwnMailbox[] = [{ nodeId: OTHERS[1], at: [ALICE, BOB], addedAt: BEGUN + 14 }];
const marks: StoredLeftMark[] = [{ channel: ATTIC_HASH, nodeId: OTHERS[0], inst: INST, seq: 2 }];
const parcels: StoredParcel[] = [1, 2, 3].map((n) => ({
  id: `${n}`.repeat(32),
  owner: OTHERS[0],
  slot: SLOTS[n % 2] as string,
  at: BEGUN + n,
  parcel: Buffer.alloc(300 + n, n).toString("base64"),
}));
const requests: TalkRequest[] = [
  { node: "8".repeat(51).padEnd(52, "0") as NodeId, at: BEGUN + 20 },
  { node: "7".repeat(51).padEnd(52, "0") as NodeId, at: BEGUN + 15 },
];
/** In the private channel: where its author has a mailbox, and a file. */
const announced = signedEvent(23, sealedLog.at(-1), ATTIC_HASH);
const shared = signedEvent(24, announced, ATTIC_HASH);
const FILE_TEXT = "what stands in the file 🌻\n";

function signedEvent(n: number, before: Event | undefined, channel = GARDEN_HASH): Event {
  const details = n % 2 === 0 ? ([["target", `${BEGUN}:${"d".repeat(64)}`], ["note", "Grüße"]] as const) : [];
  const sealing = [["epoch", `${EPOCH}`], ["n", "0"], ["salt", "A".repeat(22)], ["kc", "A".repeat(43)], ["c", "A".repeat(107)]] as const;
  const event = eventOf(
    crypto,
    {
      channel,
      author: base32(AUTHOR.publicKey) as NodeId,
      inst: INST,
      seq: (before?.seq ?? 0) + 1,
      prev: before?.id ?? null,
      deps: n === 3 ? (["a".repeat(64), "b".repeat(64)] as EventId[]) : [],
      hlc: 1_000 * (BEGUN + n) + n,
      kind: channel === ATTIC_HASH ? "sealed" : (KINDS[n % KINDS.length] ?? ""),
      text: channel === ATTIC_HASH ? "" : `signed word ${n} 🌻`,
      details: channel === ATTIC_HASH ? sealing : details,
    },
    null,
  );
  if (typeof event === "string") throw new Error(event);
  return n % 3 === 0 ? signEvent(crypto, event, AUTHOR) : event;
}

function stretchOf(events: readonly Event[]): Stretch {
  const [low, high] = [events[0] as Event, events.at(-1) as Event];
  const ends = { lowId: low.id, lowPrev: low.prev, lowHlc: low.hlc, highId: high.id, highHlc: high.hlc };
  return { low: low.seq, high: high.seq, ...ends };
}

function event(n: number, channelId: Guid, fields: Partial<StoredEvent>): StoredEvent {
  const id = (n * 0x1_0001).toString(16).padStart(32, "c");
  return { id, channelId, author: ALICE, own: false, kind: "post", at: BEGUN + n, body: "", verified: false, ...fields };
}

async function makeHome(home: string): Promise<void> {
  const { nodeId, storeKey } = await loadOrMakeIdentity(home, "frozen", { configured: true, get: async () => PASSPHRASE });
  const store = await openSqliteStore({ file: join(home, STORE_FILE), key: storeKey });
  await store.write([
    ...channels.map((channel): Change => ({ kind: "channel", channel })),
    { kind: "channel", channel: { id: LEFT, name: "a", mode: "bare", joinedAt: BEGUN } },
    ...members.map((member): Change => ({ kind: "member", member })),
    { kind: "member", member: { channelId: LEFT, endpoint: ALICE, heardAt: BEGUN } },
    ...keys.map((key): Change => ({ kind: "key", key })),
    ...contacts.map((contact): Change => ({ kind: "contact", contact })),
    ...nicks.map((nick): Change => ({ kind: "nick", nick })),
    ...quotas.map((quota): Change => ({ kind: "quota", ...quota })),
    ...quiet.map((each): Change => ({ kind: "quiet", quiet: each })),
  ]);
  await store.write(events.map((event) => ({ kind: "event", event })));
  await store.write([...signed, ...sealed].map((each) => ({ kind: "signed", ...each })));
  const secret = (n: number) => new Uint8Array(32).fill(n);
  await store.write([
    { kind: "sender-key", key: { ...SENDER_KEY, key: secret(3) } },
    ...PREKEYS.map((prekey): Change => ({ kind: "prekey", prekey: { ...prekey, publicKey: secret(1), secretKey: secret(2) } })),
  ]);
  await store.write(logs.flatMap(({ channel, rows }) => rows.map((row): Change => ({ kind: "log", channel, row }))));
  await store.write([{ kind: "channel-left", channelId: LEFT }]);
  const file = await keepFile(home);
  const seenMailbox = { kind: "mailbox", text: "", details: [["pass", "a".repeat(64)], ["key", "A".repeat(43)], ["node", OTHERS[1]], ["at", ALICE]] as const };
  const later: StoredSigned[] = [
    { channelId: ATTIC, own: true, event: announced, branch: 0, seen: seenMailbox },
    { channelId: ATTIC, own: true, event: shared, branch: 0, seen: { kind: "file", text: "a file", details: fileDetails(file) } },
  ];
  await store.write([
    ...later.map((each): Change => ({ kind: "signed", ...each })),
    ...owners.map((owner): Change => ({ kind: "mailbox-owner", owner })),
    ...own.map((mailbox): Change => ({ kind: "own-mailbox", mailbox })),
    ...marks.map((mark): Change => ({ kind: "left-mark", mark })),
    ...parcels.map((parcel): Change => ({ kind: "parcel", parcel })),
    ...requests.map((request): Change => ({ kind: "request", request })),
  ]);
  await store.close();
  sealed.push(...later);
  const expected = { nodeId, passphrase: PASSPHRASE, channels, members, contacts, nicks, quiet, quotas, events, signed, sealed, senderKey: SENDER_KEY, prekeys: PREKEYS, logs, keys, mailboxes: { owners, own, marks }, parcels, requests, file: { root: file.root, text: FILE_TEXT } };
  writeFileSync(join(home, "expected.json"), `${JSON.stringify(expected, null, 1)}\n`);
}

/** A file that was sent from here: its blocks, sealed, beside the store. */
async function keepFile(home: string): Promise<FileInfo> {
  const directory = filesDirectory(home);
  const original = join(home, "original.txt");
  writeFileSync(original, FILE_TEXT);
  await BlockShelf.open(crypto, directory);
  const random = (bytes: number) => new Uint8Array(bytes).fill(9);
  const info = await sealFile({ crypto, random, directory, previews: new PreviewMaker(() => {}) }, original, ATTIC, () => {});
  rmSync(original);
  return info;
}

const [version = ""] = process.argv.slice(2);
const home = fileURLToPath(new URL(version, import.meta.url));
if (!/^v[0-9]+$/.test(version) || existsSync(home)) {
  console.error("usage: node test/homes/make-home.ts vN, where test/homes/vN does not exist yet");
  process.exit(2);
}
await makeHome(home);
