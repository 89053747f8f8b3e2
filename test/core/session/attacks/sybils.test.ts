/**
 * Row 39: ten nodes of somebody's to each honest one, who come first, fill every table, and are in the channel too. Contacts are
 * reached all the same, also after a new start. The tables are small here, so that they can be filled.
 */
import { describe, expect, test, vi } from "vitest";
import type { Change, Restored, StoredMember } from "../../../../src/core/index.ts";
import { Insider } from "../../routing/insider.ts";
import { contactsOf } from "../../routing/net.ts";
import { joins, LOBBY, posts } from "../../said.ts";
import { type Host, World } from "../../world.ts";
import { full, idOf } from "../full.ts";

vi.mock(import("../../../../src/core/limits.ts"), async (original) => ({
  ...(await original()),
  SESSIONS_MAX: 20 as never,
  SESSIONS_EVICTED: 2 as never,
  MEMBERS_MAX: 12 as never,
  LISTS_MAX: 8 as never,
}));

/** What a store has of members after these changes. */
function keptIn(changes: readonly Change[]): StoredMember[] {
  const kept = new Map<string, StoredMember>();
  for (const change of changes) {
    if (change.kind === "member") kept.set(change.member.endpoint, change.member);
    if (change.kind === "member-gone") kept.delete(change.endpoint);
  }
  return [...kept.values()];
}

const A = "198.51.100.1:7667";
const SYBILS = 30;

/** A, and its contacts b and c: b hears A, c hears b alone. */
class Siege {
  readonly world = new World();
  readonly friends: Host[] = [];
  a: Host;
  #sybils = 0;
  readonly #contacts = contactsOf(() => [this.a, ...this.friends].map(idOf));

  constructor() {
    this.a = full(this.world, A, 1, { contacts: this.#contacts });
    this.world.loses = ({ from, to }) =>
      [from, to].some((at) => at.startsWith("198.51.100.3:")) && ![from, to].some((at) => at.startsWith("198.51.100.2:"));
  }

  /** They come from few blocks of addresses, are members, and list each other and A. */
  besiege(place = (number: number) => `192.0.${2 + (number % 3)}.${number}:6666`): void {
    const crowd = Array.from({ length: SYBILS }, () => {
      const number = ++this.#sybils;
      const sybil = new Insider(this.world, place(number), this.a, 60 + number);
      return sybil.enter();
    });
    for (const [n, sybil] of crowd.entries()) sybil.says(sybil.list(1, [idOf(this.a), ...crowd.slice(n + 1, n + 9).map(({ id }) => id)]));
  }

  befriend(): void {
    const b = full(this.world, "198.51.100.2:7667", 2, { contacts: this.#contacts, peers: [this.a.endpoint] });
    const c = full(this.world, "198.51.100.3:7667", 3, { contacts: this.#contacts, peers: [b.endpoint] });
    this.friends.push(b, c);
    for (const host of this.friends) host.command(joins());
  }

  /** What its store holds of members and channels is all that the next A knows. */
  restart(): void {
    const changes = this.a.saves.flatMap((save) => save.changes);
    const members = keptIn(changes);
    const restored: Restored = { channels: [{ id: LOBBY, name: "lobby", mode: "bare", joinedAt: 0 }], members, logs: [], recent: [] };
    this.world.crash(this.a);
    this.a = full(this.world, A, 1, { contacts: this.#contacts, restored });
    this.a.step({ kind: "start" });
  }

  expectTalk(n: number): void {
    const all = [this.a, ...this.friends];
    for (const [at, host] of all.entries()) host.command(posts(n * 10 + at, `${n} from ${at}`));
    this.world.run(5_000);
    for (const [at, host] of all.entries()) {
      const others = all.flatMap((_, other) => (other === at ? [] : [`${n} from ${other}`]));
      expect(
        host
          .posts()
          .filter((text) => text.startsWith(`${n} from`))
          .sort(),
        `at ${at}`,
      ).toEqual(others);
    }
  }
}

describe("row 39: ten for each honest node", () => {
  test("who come first keep no contact out, of sessions, channels, lists and ways", () => {
    const siege = new Siege();
    siege.a.command(joins());
    siege.besiege();
    siege.befriend();
    siege.world.run(30_000);
    siege.expectTalk(1);
    siege.besiege();
    siege.world.run(10_000);
    siege.expectTalk(2);
    const friends = siege.friends.map(idOf);
    expect(siege.a.saw("session-down").filter(({ peer }) => friends.includes(peer))).toEqual([]);
    expect(siege.a.node?.ways(siege.world.now).map(({ to }) => to)).toContain(friends[1]);
  });

  test("nor one that is silent for a while, and has an address like theirs", () => {
    const siege = new Siege();
    siege.a.command(joins());
    siege.befriend();
    siege.world.run(10_000);
    const hears = siege.world.loses;
    const [b] = siege.friends as [Host];
    siege.world.loses = (sent) => [sent.from, sent.to].includes(b.endpoint) || hears(sent);
    siege.besiege((number) => `198.51.100.${100 + number}:6666`);
    siege.world.run(60_000);
    siege.world.loses = hears;
    siege.world.run(20_000);
    expect(siege.a.saw("session-down").filter(({ peer }) => peer === idOf(b))).toEqual([]);
    siege.expectTalk(4);
  });

  test("nor after a new start", () => {
    const siege = new Siege();
    siege.a.command(joins());
    siege.befriend();
    siege.world.run(10_000);
    siege.besiege();
    siege.world.run(10_000);
    siege.restart();
    siege.besiege();
    siege.world.run(60_000);
    siege.expectTalk(3);
  });
});
