/** Every home that a released version made is opened by this one, and everything is found in it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { BlockShelf } from "../../src/app/files/block-shelf.ts";
import { filesDirectory } from "../../src/app/files/file-room.ts";
import { putTogether } from "../../src/app/files/putting.ts";
import { RecentBlocks } from "../../src/app/files/recent-blocks.ts";
import { loadOrMakeIdentity, STORE_FILE } from "../../src/app/identity.ts";
import { passphraseSource } from "../../src/app/passphrase.ts";
import { asSeen, type ChannelHash, fileIn, isShown, referenceIn, type RestoredLogs, type RestoredMailboxes, type StoredChannel, type StoredContact, type StoredEvent, type StoredKey, type StoredMember, type StoredNick, type StoredParcel, type StoredPrekey, type StoredQuiet, type StoredQuota, type StoredSenderKey, type StoredSigned, shownOf, type TalkRequest } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { openWriting } from "../../src/store/connection.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import type { Guid, NodeId } from "../../src/wire/index.ts";

interface Expected {
  nodeId: string;
  /** Absent where the keys are not under one. */
  passphrase?: string;
  channels: StoredChannel[];
  members: StoredMember[];
  events: StoredEvent[];
  keys: StoredKey[];
  /** Absent before schema 2. */
  contacts?: StoredContact[];
  /** Absent before schema 3. */
  signed?: StoredSigned[];
  logs?: RestoredLogs[];
  /** Absent before schema 4. */
  nicks?: StoredNick[];
  /** Absent before schema 6. */
  quiet?: StoredQuiet[];
  /** Absent before schema 7. */
  quotas?: StoredQuota[];
  /** Absent before schema 8; of keys the halves are bytes that repeat: 1 and 2 of prekeys, 3 of the sender key. */
  sealed?: StoredSigned[];
  senderKey?: Omit<StoredSenderKey, "key">;
  prekeys?: Omit<StoredPrekey, "publicKey" | "secretKey">[];
  /** Absent before schema 10. */
  mailboxes?: RestoredMailboxes;
  parcels?: StoredParcel[];
  requests?: TalkRequest[];
  /** What is announced in `sealed`, and what stands in it. */
  file?: { root: string; text: string };
}

const OWNED_HASH = "3f".repeat(32) as ChannelHash;
const OWNED = "3f3f3f3f-3f3f-8f3f-bf3f-3f3f3f3f3f3f" as Guid;

const homes = fileURLToPath(new URL(".", import.meta.url));
const versions = readdirSync(homes, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** A copy, so that opening it changes nothing that is frozen. */
function copyOf(version: string): string {
  const home = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  cpSync(join(homes, version), home, { recursive: true });
  return home;
}

test("there is a frozen home of each schema", () => {
  expect(versions).toEqual(expect.arrayContaining(["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10"]));
});

describe.each(versions)("the home %s", (version) => {
  const expected = JSON.parse(readFileSync(join(homes, version, "expected.json"), "utf8")) as Expected;
  const signed = [...(expected.signed ?? []), ...(expected.sealed ?? [])];
  const entries = [...expected.events, ...signed.map((each) => ({ ...shownOf(each), signed: asSeen(each.event, each.seen ?? null) }))]
    .filter(({ kind, body }) => isShown({ kind, text: body }))
    .sort((a, b) => a.at - b.at);
  const sorted = (members: readonly StoredMember[]) => [...members].map((member) => JSON.stringify(member)).sort();

  test("opens with its identity, channels, members, contacts, nicks, history, logs and keys, and can be written", async () => {
    const home = copyOf(version);
    const passphrase = passphraseSource(undefined, async () => expected.passphrase ?? "", {});
    const { nodeId, storeKey } = await loadOrMakeIdentity(home, "another nick", passphrase);
    expect(nodeId).toBe(expected.nodeId);
    const store = await openSqliteStore({ file: join(home, STORE_FILE), key: storeKey });
    const { channels, members, logs, mailboxes, requests } = store.restore();
    expect(channels).toEqual(expected.channels);
    expect(logs).toEqual(expected.logs ?? []);
    expect(mailboxes).toEqual(expected.mailboxes);
    expect(requests).toEqual(expected.requests);
    for (const { owner } of expected.parcels ?? []) expect(store.events.parcels(owner, 9)).toEqual(expected.parcels);
    expect(sorted(members)).toEqual(sorted(expected.members));
    expect(store.contacts()).toEqual(expected.contacts ?? []);
    expect(store.nicks()).toEqual(expected.nicks ?? []);
    expect(store.quietNodes()).toEqual(expected.quiet ?? []);
    expect(store.quotas()).toEqual(expected.quotas ?? []);
    for (const channelId of new Set(entries.map((entry) => entry.channelId))) {
      expect(store.history({ channelId, most: 1_000 })).toEqual(entries.filter((entry) => entry.channelId === channelId));
    }
    for (const channelId of new Set([...expected.events, ...signed].map((entry) => entry.channelId))) {
      const { length } = [...expected.events, ...signed].filter((entry) => entry.channelId === channelId);
      expect(store.holding(channelId)).toMatchObject({ entries: length, horizon: 0, dropped: 0 });
    }
    for (const { event, branch } of signed) {
      expect(store.events.range({ ...event, branch, from: event.seq, to: event.seq }, 1)).toEqual([event]);
      expect(store.events.branchOf(event.channel, event.id, event)).toBe(branch);
    }
    if (expected.senderKey !== undefined) {
      const { channel, author, epoch } = expected.senderKey;
      const secret = (n: number) => new Uint8Array(32).fill(n);
      expect(store.events.senderKey(channel, author, epoch)).toEqual({ ...expected.senderKey, key: secret(3) });
      expect(store.events.prekeys(channel)).toEqual(expected.prekeys?.map((each) => ({ ...each, publicKey: secret(1), secretKey: secret(2) })));
    }
    for (const { event, waits } of signed)
      if (waits !== undefined) expect(store.events.unopened(event.channel, event.author, waits, 9)).toEqual([event]);
    for (const { event } of signed) {
      const target = event.kind === "edit" || event.kind === "reaction" ? referenceIn(event, "target") : null;
      if (target !== null) expect(store.events.effectsOn({ ...event, ...target }, event.kind as "edit", 9, event.author)).toContainEqual(event);
    }
    const said = signed.findLast(({ seen }) => seen?.kind === "mailbox");
    if (said !== undefined) expect(store.events.mailboxOf(said.event.channel, said.event.author)).toEqual(asSeen(said.event, said.seen ?? null));
    for (const channelId of new Set(expected.keys.map((key) => key.channelId))) {
      expect(store.keys(channelId)).toEqual(expected.keys.filter((key) => key.channelId === channelId));
    }
    await expect.poll(() => store.search("post number", 1_000, null).length, { timeout: 20_000 }).toBe(40);
    const [first] = expected.events;
    if (first !== undefined) await store.write([{ kind: "event", event: { ...first, id: "f".repeat(32) } }]);
    await store.write([{ kind: "contact", contact: { nodeId: "0".repeat(52), name: "new", addedAt: 1, verifiedAt: 2 } }]);
    await store.write([{ kind: "nick", nick: { nodeId: "0".repeat(52), nick: "new", at: 1 } }]);
    await store.write([{ kind: "quiet", quiet: { nodeId: "0".repeat(52), how: "blocked", at: 1 } }]);
    await store.write([{ kind: "channel", channel: { id: OWNED, name: "owned", mode: "open", joinedAt: 1, inst: null, genesis: OWNED_HASH } }]);
    await store.write([{ kind: "request", request: { node: "0".repeat(52) as NodeId, at: 1 } }, { kind: "parcels-expired", before: 1 }]);
    await store.close();
  });

  const { file } = expected; // homes have files since v10
  if (file !== undefined)
    test("has its file, whose blocks open with the key that the announcement has", async () => {
      const home = copyOf(version);
      const { root, text } = file;
      const shelf = await BlockShelf.open(sodiumCrypto, filesDirectory(home));
      const info = signed.flatMap(({ seen }) => (seen === undefined ? [] : (fileIn(seen) ?? []))).find((each) => each.root === root);
      const kept = shelf.at(root);
      expect(kept?.isWhole).toBe(true);
      if (kept === undefined || info === undefined) throw new Error("it is announced, and kept");
      const wanted = { event: "", directory: home, name: "file.txt", part: null };
      const path = await putTogether(sodiumCrypto, kept, new RecentBlocks(), info, wanted, () => {});
      expect(readFileSync(path, "utf8")).toBe(text);
      await shelf.close();
    });

  test("comes to the same tables and indexes as a new one", async () => {
    const home = copyOf(version);
    const passphrase = passphraseSource(undefined, async () => expected.passphrase ?? "", {});
    const { storeKey } = await loadOrMakeIdentity(home, "", passphrase);
    expect(schemaOf(join(home, STORE_FILE), storeKey)).toEqual(schemaOf(join(home, "new.db"), storeKey));
  });
});

function schemaOf(file: string, key: Uint8Array): string[] {
  const db = openWriting(file, key);
  const parts = db.prepare<[], string>("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name").pluck().all();
  db.close();
  return parts;
}
