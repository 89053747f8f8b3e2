/** One node's keys of one channel: when prekeys and epochs are new, and how long keys are kept. PROTOCOL.md §19.2, §19.4. */
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { Roles } from "../../../src/core/log/roles.ts";
import { epochIn, keyWords, openBox } from "../../../src/core/private/boxes.ts";
import { OwnPrekeys, PREKEY, prekeyId } from "../../../src/core/private/prekeys.ts";
import { sealingOf } from "../../../src/core/private/sealing.ts";
import type { NodeReader, StoredPrekey, StoredSenderKey } from "../../../src/core/private/secret-store.ts";
import { Secrets } from "../../../src/core/private/secrets.ts";
import { sodiumCrypto as crypto, randomBytes } from "../../../src/crypto/sodium/index.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { Author, LOBBY, NOON } from "../log/author.ts";

const DAY_MS = 86_400_000;
const [owner, member] = [new Author(1), new Author(2)];
const HELLO = { kind: "post", text: "hello", details: [] };

/** @param grantedAt - since when the member is one; null where it is none */
function rolesOf(grantedAt: number | null): Roles {
  const roles = new Roles({ owner: owner.id, others: "none", name: "", isPrivate: true });
  const by = { author: owner.id, inst: owner.inst, seq: 1, id: "1" as never };
  if (grantedAt !== null) roles.add({ kind: "grant", by, node: member.id, inc: 1, role: "member", at: grantedAt });
  return roles;
}

/** The owner's disk: what its node gave to keep, and what members published. */
class Keeper {
  readonly prekeys = new Map<string, StoredPrekey>();
  readonly senderKeys: StoredSenderKey[] = [];
  readonly published: Event[] = [];

  start(grantedAt = NOON, roles = () => rolesOf(grantedAt)): Secrets {
    const reader: Partial<NodeReader> = {
      prekeys: () => [...this.prekeys.values()].reverse(),
      published: (_, node: NodeId) => this.published.filter(({ author }) => author === node).reverse(),
      senderKey: (_, author, epoch) => this.senderKeys.find((key) => key.author === author && key.epoch === epoch) ?? null,
    };
    return new Secrets({ crypto, random: randomBytes, channel: LOBBY, self: owner.id, reader: reader as NodeReader, roles });
  }

  /** Keeps what is to be kept, and publishes our prekeys. */
  keep(secrets: Secrets, written: readonly { readonly kind: string; readonly details: Event["details"] }[] = []): void {
    for (const change of secrets.takeChanges()) {
      if (change.kind === "prekey") this.prekeys.set(change.prekey.id, change.prekey);
      if (change.kind === "sender-key") this.senderKeys.push(change.key);
    }
    for (const { kind, details } of written) if (kind === PREKEY) this.published.push(owner.write({ kind, details }));
  }
}

const epochOf = (secrets: Secrets) => sealingOf(secrets.seal(HELLO).sealed)?.epoch ?? 0;
const kinds = (words: readonly { readonly kind: string }[]) => words.map(({ kind }) => kind);

describe("an epoch", () => {
  test("is named by the clock, and each of one run later than the one before", () => {
    const keeper = new Keeper();
    const secrets = keeper.start();
    secrets.prepare(0, NOON + 5);
    expect(epochOf(secrets)).toBe(NOON + 5);
    secrets.prepare(2 * DAY_MS, NOON + 5);
    expect(epochOf(secrets)).toBeGreaterThan(NOON + 5);
  });

  test("is later than the grants of its readers where the clock is behind, and no two runs name theirs alike", () => {
    const names = Array.from({ length: 20 }, () => {
      const secrets = new Keeper().start(NOON);
      secrets.prepare(0, 1_000);
      return epochOf(secrets);
    });
    for (const name of names) expect(name).toBeGreaterThan(NOON);
    expect(new Set(names).size).toBe(names.length);
  });

  test("is kept before anything is sealed with it", () => {
    const keeper = new Keeper();
    const secrets = keeper.start();
    secrets.prepare(0, NOON + 5);
    keeper.keep(secrets);
    expect(keeper.senderKeys).toMatchObject([{ author: owner.id, epoch: NOON + 5 }]);
  });

  test("ends when somebody goes, though he is back as before when we next say something", () => {
    let roles = rolesOf(NOON);
    const secrets = new Keeper().start(NOON, () => roles);
    secrets.prepare(0, NOON + 5);
    secrets.prepare(0, NOON + 6);
    expect(epochOf(secrets)).toBe(NOON + 5);
    for (const since of [null, NOON]) {
      roles = rolesOf(since);
      secrets.noteRoles();
    }
    secrets.prepare(0, NOON + 7);
    expect(epochOf(secrets)).toBe(NOON + 7);
  });

  test("gets a box for who could not be given one before, when its prekey comes", () => {
    const keeper = new Keeper();
    const secrets = keeper.start();
    expect(kinds(secrets.prepare(0, NOON + 5))).toEqual([PREKEY]);
    const event = member.write({ kind: PREKEY, details: [["key", "A".repeat(42).concat("E")]] });
    secrets.take(event, 0);
    expect(secrets.duties(0), "while it is on its way to the disk").toEqual([]);
    keeper.published.push(event);
    secrets.noteKept(event);
    const [boxes] = secrets.duties(0);
    expect(boxes === undefined ? null : epochIn(boxes)).toBe(NOON + 5);
    expect(secrets.duties(0)).toEqual([]);
  });
});

describe("a prekey", () => {
  test("is published at once, again after a day, and not meanwhile, restarts included", () => {
    const keeper = new Keeper();
    const first = keeper.start();
    const due = first.duties(0);
    expect(kinds(due)).toEqual([PREKEY]);
    keeper.keep(first, due);
    expect(first.duties(DAY_MS - 1)).toEqual([]);
    const again = keeper.start();
    expect(again.duties(DAY_MS - 1)).toEqual([]);
    expect(kinds(again.duties(DAY_MS))).toEqual([PREKEY]);
  });

  test("is published anew where a clock was ahead, and is right now", () => {
    const keeper = new Keeper();
    const secrets = keeper.start();
    keeper.keep(secrets, secrets.duties(400 * DAY_MS));
    expect(kinds(secrets.duties(0))).toEqual([PREKEY]);
  });

  test("opens what is sealed to it until another has been in its place for 14 days, however old it is", () => {
    const prekeys = new OwnPrekeys(crypto, randomBytes, LOBBY, []);
    const { made } = prekeys.make(0);
    prekeys.forgetOld(1_000 * DAY_MS);
    expect(prekeys.pair(made.id)).not.toBeNull();
    prekeys.make(1_000 * DAY_MS);
    prekeys.forgetOld(1_014 * DAY_MS - 1);
    expect(prekeys.pair(made.id)).not.toBeNull();
    prekeys.forgetOld(1_014 * DAY_MS);
    expect(prekeys.pair(made.id)).toBeNull();
    expect(prekeys.current?.id).not.toBe(made.id);
  });

  test("is one of 1,024 at most, the oldest of which go first", () => {
    const prekeys = new OwnPrekeys(crypto, randomBytes, LOBBY, []);
    const made = Array.from({ length: 1_030 }, (_, n) => prekeys.make(n).made.id);
    prekeys.forgetOld(2_000);
    expect(made.map((id) => prekeys.pair(id) !== null)).toEqual(made.map((_, n) => n >= 6));
  });
});

test("of boxes for oneself two are tried, so that an event full of them costs no more", () => {
  const pair = crypto.x25519KeyPair(new Uint8Array(32).fill(7));
  const name = { channel: LOBBY, author: member.id, epoch: 7 };
  const recipient = { node: owner.id, prekey: { id: prekeyId(crypto, pair.publicKey), publicKey: pair.publicKey } };
  const [good] = keyWords(crypto, randomBytes, name, new Uint8Array(32).fill(9), [recipient]);
  const [bad] = keyWords(crypto, randomBytes, { ...name, epoch: 8 }, new Uint8Array(32).fill(9), [recipient, recipient]);
  if (good === undefined || bad === undefined) throw new Error("boxes");
  const [box] = good.details.slice(-1);
  const boxes = bad.details.slice(-2);
  let tried = 0;
  const pairOf = () => {
    tried++;
    return pair;
  };
  const event = { details: [...boxes, box] as Event["details"] };
  expect(openBox(crypto, name, event, owner.id, pairOf)).toBeNull();
  expect(tried).toBe(2);
  expect(openBox(crypto, name, { details: [...boxes.slice(1), box] as Event["details"] }, owner.id, pairOf)).toHaveLength(32);
});
