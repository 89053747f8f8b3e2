/** What is shown of events, whatever the order in which they come. PROTOCOL.md §13.9. */
import { describe, expect, test } from "vitest";
import { type Entry, type Eyes, entryOf } from "../../../src/core/log/entry.ts";
import type { Event } from "../../../src/core/log/event.ts";
import { compareOrder, isAhead } from "../../../src/core/log/hlc.ts";
import { isEffect, isShown, referenceDetail, referenceIn } from "../../../src/core/log/kind.ts";
import { AHEAD_MAX_MS, EFFECTS_MAX, EFFECTS_OF_POST_MAX } from "../../../src/core/log/limits.ts";
import { Names } from "../../../src/core/log/names.ts";
import type { Role } from "../../../src/core/log/statement.ts";
import { utf8Length } from "../../../src/core/log/text-form.ts";
import { Timeline, type ViewChange } from "../../../src/core/log/timeline.ts";
import { Random } from "../../../src/sim/random.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { Author, NOON, type Words } from "./author.ts";
import { shuffled } from "./role-model.ts";
import { FULL_TIMEOUT_MS, runs } from "./scale.ts";

const WALL = NOON / 1_000;

/** Eyes that can change their mind. */
class Reader implements Eyes {
  readonly roles = new Map<NodeId, Role>();
  readonly muted = new Set<NodeId>();
  readonly blocked = new Set<NodeId>();
  isOwned = false;
  wall = WALL + 3_600_000;

  readonly roleAt = ({ author }: Event): Role => this.roles.get(author) ?? "member";
  readonly isMuted = (node: NodeId): boolean => this.muted.has(node);
  readonly isBlocked = (node: NodeId): boolean => this.blocked.has(node);
  readonly isAhead = (hlc: number): boolean => isAhead(hlc, this.wall);
}

const [anna, bob, cleo] = [new Author(1), new Author(2), new Author(3)] as const;
let time = NOON;

function say(author: Author, kind: string, text: string, target?: Event, more: Words = {}): Event {
  const about = target === undefined ? [] : [referenceDetail(kind === "post" ? "reply" : "target", target)];
  time += 1_000;
  return author.draft({ hlc: time, kind, text, ...more, details: [...about, ...(more.details ?? [])] });
}

describe("an entry", () => {
  const post = say(anna, "post", "first");
  const show = (effects: Event[], eyes = new Reader(), of = post) => entryOf(of, effects, eyes);

  test("shows the post as it is", () => {
    expect(show([])).toEqual({
      id: post.id,
      author: anna.id,
      hlc: post.hlc,
      kind: "post",
      text: "first",
      reply: null,
      editedAt: null,
      deletedBy: null,
      reactions: [],
      quiet: null,
      isAhead: false,
    });
  });

  test("shows the last edit of its author, and no other's", () => {
    const edits = [say(anna, "edit", "second", post), say(anna, "edit", "third", post), say(bob, "edit", "bob's", post)];
    for (let seed = 0; seed < 6; seed++) {
      expect(show(shuffled(edits, new Random(seed)))).toMatchObject({ text: "third", editedAt: edits[1]?.hlc });
    }
  });

  test("shows no text once its author deleted it, whatever is edited then", () => {
    const effects = [say(anna, "delete", "", post), say(anna, "edit", "again", post), say(bob, "reaction", "+", post)];
    expect(show(effects)).toMatchObject({ text: "", deletedBy: anna.id, editedAt: null, reactions: [] });
  });

  test("can be deleted by who moderates, but only downwards", () => {
    const eyes = new Reader();
    const byBob = [say(bob, "delete", "", post)];
    expect(show(byBob, eyes)).toMatchObject({ deletedBy: null });
    eyes.roles.set(bob.id, "admin");
    expect(show(byBob, eyes)).toMatchObject({ text: "", deletedBy: bob.id });
    eyes.roles.set(anna.id, "admin");
    expect(show(byBob, eyes)).toMatchObject({ deletedBy: null });
    eyes.roles.set(bob.id, "owner");
    expect(show(byBob, eyes)).toMatchObject({ deletedBy: bob.id });
  });

  test("counts each node once for each reaction, and not when it took it back", () => {
    const effects = [
      say(bob, "reaction", "👍", post),
      say(bob, "reaction", "👍", post),
      say(cleo, "reaction", "👍", post),
      say(cleo, "reaction", "🎉", post),
      say(cleo, "reaction", "🎉", post, { details: [["off", "yes"]] }),
    ];
    const by = [bob.id, cleo.id].sort();
    for (let seed = 0; seed < 6; seed++) expect(show(shuffled(effects, new Random(seed)))?.reactions).toEqual([{ text: "👍", by }]);
  });

  test("shows no reaction that is empty or longer than 64 bytes", () => {
    const family = "👨‍👩‍👧‍👦";
    const effects = [say(bob, "reaction", "", post), say(bob, "reaction", "x".repeat(65), post), say(bob, "reaction", family, post)];
    expect(show(effects)?.reactions).toEqual([{ text: family, by: [bob.id] }]);
    expect(show([say(bob, "reaction", "日".repeat(22), post)])?.reactions).toEqual([]);
  });

  test("tells what it answers, and nothing that is not earlier", () => {
    const answer = say(bob, "post", "yes", post);
    expect(show([], new Reader(), answer)?.reply).toEqual({ hlc: post.hlc, id: post.id });
    const early = bob.draft({ hlc: post.hlc, text: "x", details: [referenceDetail("reply", post)] });
    expect(show([], new Reader(), early)?.reply).toBeNull();
  });

  test("is not changed by what means another time, or only looks as if it meant it", () => {
    const wrong = [
      say(anna, "edit", "x", undefined, { details: [referenceDetail("target", { hlc: post.hlc - 1, id: post.id })] }),
      say(anna, "edit", "x", undefined, { details: [["target", `0${post.hlc}:${post.id}`]] }),
      say(anna, "edit", "x", undefined, { details: [["target", post.id]] }),
      say(anna, "edit", "x", undefined, { details: [["target", `${post.hlc}:${post.id.toUpperCase()}`]] }),
      say(anna, "edit", "x", undefined, { details: [["reply", `${post.hlc}:${post.id}`]] }),
      say(anna, "edit", "x"),
    ];
    expect(show(wrong)).toMatchObject({ text: "first", editedAt: null });
  });

  test("of a member without a role to post is not shown, and its effects have none", () => {
    const eyes = new Reader();
    eyes.roles.set(anna.id, "reader");
    expect(show([], eyes)).toBeNull();
    eyes.roles.clear();
    eyes.roles.set(bob.id, "none");
    expect(show([say(bob, "reaction", "x", post)], eyes)?.reactions).toEqual([]);
  });

  test("of who is muted is folded, of who is blocked is not there", () => {
    const eyes = new Reader();
    eyes.muted.add(anna.id);
    expect(show([], eyes)?.quiet).toBe("muted");
    eyes.blocked.add(bob.id);
    expect(show([say(bob, "reaction", "x", post)], eyes)?.reactions).toEqual([]);
    eyes.blocked.add(anna.id);
    expect(show([], eyes)).toBeNull();
  });

  test("of a kind that we do not know is its text", () => {
    const poll = say(anna, "poll-2", "tea or coffee?");
    expect(isShown(poll)).toBe(true);
    expect(show([], new Reader(), poll)).toMatchObject({ kind: "poll-2", text: "tea or coffee?" });
    expect(isShown(say(anna, "typing-2", ""))).toBe(false);
  });
});

/** A channel's worth of events, some with effects on others. */
function conversation(random: Random, size: number): Event[] {
  const authors = [1, 2, 3, 4].map((number) => new Author(number));
  const events: Event[] = [];
  for (let count = 0; count < size; count++) {
    const posts = events.filter(isShown);
    const kind = posts.length === 0 ? "post" : random.pick(["post", "post", "post", "edit", "delete", "reaction", "odd"]);
    const target = kind === "odd" || posts.length === 0 || random.chance(0.3) ? undefined : random.pick(posts);
    events.push(
      say(random.pick(authors), kind, kind === "delete" ? "" : `${count % 3}`, target, { hlc: NOON + 10 * count + random.below(15) }),
    );
  }
  return events;
}

/** What a face would show that only ever did what it was told. */
class Face {
  readonly entries: Entry[] = [];

  follow(changes: readonly ViewChange[]): void {
    for (const change of changes) {
      const at = this.entries.findIndex(({ id }) => id === (change.kind === "gone" ? change.id : change.entry.id));
      if (change.kind === "shown") {
        expect(at).toBe(-1);
        this.entries.splice(change.after === null ? 0 : this.entries.findIndex(({ id }) => id === change.after) + 1, 0, change.entry);
      } else {
        expect(at).toBeGreaterThanOrEqual(0);
        if (change.kind === "changed") this.entries[at] = change.entry;
        else this.entries.splice(at, 1);
      }
    }
  }
}

/** What has to be seen in the end: the newest `most` posts, each with all that was done to it. */
function model(events: readonly Event[], eyes: Eyes, most: number): Entry[] {
  const posts = events.filter(isShown).sort(compareOrder).slice(-most);
  return posts.map((post) => entryOf(post, events.filter(isEffect), eyes)).filter((entry) => entry !== null);
}

describe("the timeline", () => {
  test("ends the same in every order, and never swaps what is shown", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(300, 20_000); seed++) {
      const random = new Random(seed);
      const events = conversation(random, 5 + random.below(30));
      const most = random.pick([4, 10, 100]);
      const eyes = new Reader();
      eyes.roles.set(new Author(1).id, "admin");
      const timeline = new Timeline(eyes, most);
      const face = new Face();
      let before: readonly Entry[] = [];
      for (const event of [...shuffled(events, random), ...shuffled(events, random)]) {
        face.follow(timeline.add(event));
        checkOrder(before, face.entries);
        before = [...face.entries];
        expect(face.entries, `seed ${seed}`).toEqual(timeline.entries());
      }
      expect(timeline.entries(), `seed ${seed}`).toEqual(model(events, eyes, most));
    }
  });

  /** Those in both lists stand in the same order; answers stand below what they answer. */
  function checkOrder(before: readonly Entry[], after: readonly Entry[]): void {
    const places = new Map(after.map(({ id }, at) => [id, at]));
    const kept = before.map(({ id }) => places.get(id)).filter((at) => at !== undefined);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    for (const { id, reply } of after) {
      if (reply !== null && places.has(reply.id)) expect(places.get(reply.id)).toBeLessThan(places.get(id) as number);
    }
  }

  test("follows when roles, wishes and clock change", { timeout: FULL_TIMEOUT_MS }, () => {
    for (let seed = 0; seed < runs(100, 5_000); seed++) {
      const random = new Random(seed);
      const events = conversation(random, 30);
      const eyes = new Reader();
      eyes.wall = WALL - AHEAD_MAX_MS;
      const timeline = new Timeline(eyes, 100);
      const face = new Face();
      for (const event of shuffled(events, random)) {
        face.follow(timeline.add(event));
        if (!random.chance(0.2)) continue;
        const node = new Author(1 + random.below(4)).id;
        eyes.roles.set(node, random.pick(["none", "reader", "member", "admin"]));
        if (random.chance(0.3)) eyes.blocked.add(node);
        if (random.chance(0.3)) eyes.blocked.delete(node);
        if (random.chance(0.3)) eyes.muted.add(node);
        eyes.wall++;
        face.follow(timeline.refresh());
      }
      face.follow(timeline.refresh());
      expect(face.entries, `seed ${seed}`).toEqual(model(events, eyes, 100));
    }
  });

  test("shows what is dated ahead as such, below the rest, until it is due", () => {
    const eyes = new Reader();
    eyes.wall = WALL;
    const timeline = new Timeline(eyes, 10);
    const far = anna.draft({ hlc: NOON + 1_000 * (AHEAD_MAX_MS + 1), text: "from the future" });
    const near = anna.draft({ hlc: NOON, text: "now" });
    timeline.add(far);
    timeline.add(near);
    expect(timeline.entries().map(({ text, isAhead: ahead }) => [text, ahead])).toEqual([
      ["now", false],
      ["from the future", true],
    ]);
    eyes.wall = WALL + 1;
    expect(timeline.refresh()).toMatchObject([{ kind: "changed", entry: { id: far.id, isAhead: false } }]);
  });

  test("takes no more of what is done to posts that never come than it has room for, and lets go of it", () => {
    const timeline = new Timeline(new Reader(), 2);
    const early = say(anna, "post", "early");
    for (let count = 0; count < EFFECTS_MAX + 10; count++) {
      const target = { hlc: NOON + 50 + (count % 7), id: count.toString(16).padStart(64, "0") as Event["id"] };
      timeline.add(say(bob, "reaction", "x", undefined, { details: [referenceDetail("target", target)] }));
    }
    timeline.add(say(anna, "edit", "edited", early)); // no room
    timeline.add(early);
    expect(timeline.entries()[0]?.text).toBe("early");
    const later = say(anna, "post", "later");
    for (const text of ["a", "b"]) timeline.add(say(anna, "post", text)); // the junk lies below the window now
    timeline.add(say(anna, "edit", "edited", later));
    timeline.add(later);
    expect(timeline.entries().map(({ text }) => text)).toContain("b");
    const newest = say(anna, "post", "newest");
    timeline.add(say(anna, "edit", "new edit", newest));
    timeline.add(newest);
    expect(timeline.entries().at(-1)?.text).toBe("new edit");
  });

  test("holds the newest of what is done to one post", () => {
    const timeline = new Timeline(new Reader(), 2);
    const post = say(anna, "post", "first");
    timeline.add(post);
    const edits = Array.from({ length: EFFECTS_OF_POST_MAX + 1 }, (_, count) => say(anna, "edit", `edit ${count}`, post));
    for (const edit of edits.reverse()) for (const _ of [1, 2]) timeline.add(edit);
    expect(timeline.entries()[0]?.text).toBe(`edit ${EFFECTS_OF_POST_MAX}`);
  });

  test("lets go of what was done to posts that left it", () => {
    const timeline = new Timeline(new Reader(), 2);
    for (let count = 0; count < EFFECTS_MAX / 8; count++) {
      const post = say(anna, "post", `${count}`);
      timeline.add(post);
      for (let effect = 0; effect < 16; effect++) timeline.add(say(bob, "reaction", `${effect}`, post));
    }
    const newest = say(anna, "post", "newest");
    timeline.add(say(anna, "edit", "before it came", newest));
    timeline.add(newest);
    expect(timeline.entries().at(-1)?.text).toBe("before it came");
  });
});

describe("names", () => {
  test("are the last ones said, in any order", () => {
    const events = [
      say(anna, "nick", "Anna"),
      say(anna, "nick", "Ann"),
      say(bob, "nick", "Bob"),
      say(anna, "topic", "tea"),
      say(bob, "topic", "cake"),
    ];
    for (let seed = 0; seed < 20; seed++) {
      const names = new Names(new Reader());
      for (const event of [...shuffled(events, new Random(seed)), ...events]) names.add(event);
      expect([names.nickOf(anna.id), names.nickOf(bob.id), names.nickOf(cleo.id)]).toEqual(["Ann", "Bob", null]);
      expect(names.topic()).toEqual({ text: "cake", by: bob.id });
    }
  });

  test("a topic counts from who may set it, which may change", () => {
    const eyes = new Reader();
    const names = new Names(eyes);
    names.add(say(anna, "topic", "tea"));
    names.add(say(bob, "topic", "spam"));
    eyes.isOwned = true;
    expect(names.topic()).toBeNull();
    eyes.roles.set(anna.id, "admin");
    expect(names.topic()).toEqual({ text: "tea", by: anna.id });
    eyes.roles.set(bob.id, "owner");
    expect(names.topic()).toEqual({ text: "spam", by: bob.id });
  });

  test("are no longer than 64 and 512 bytes, and an empty topic is none", () => {
    const names = new Names(new Reader());
    names.add(say(anna, "nick", "x".repeat(64)));
    names.add(say(anna, "nick", "y".repeat(65)));
    names.add(say(anna, "topic", "日".repeat(171)));
    expect(names.nickOf(anna.id)).toBe("x".repeat(64));
    expect(names.topic()).toBeNull();
    names.add(say(anna, "topic", "z"));
    names.add(say(anna, "topic", ""));
    expect(names.topic()).toBeNull();
  });
});

test("a reference reads as it was written", () => {
  const post = say(anna, "post", "x");
  expect(referenceIn(say(bob, "post", "y", post), "reply")).toEqual({ hlc: post.hlc, id: post.id });
});

test.each(["", "a", "ü", "日", "🙂", "a\u0000ü日🙂\u07ff\u0800\uffff"])("the UTF-8 of %j is counted right", (text) => {
  expect(utf8Length(text)).toBe(Buffer.byteLength(text));
});
