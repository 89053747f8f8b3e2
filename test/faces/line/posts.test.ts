/** What a person does with posts in the chat, and what is shown of what others do. */
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { type Api, ApiError } from "../../../src/app/api.ts";
import { PLAIN } from "../../../src/app/post-api.ts";
import { chat } from "../../../src/faces/line/index.ts";
import { LatePosts } from "../../../src/faces/line/late-posts.ts";
import { mentions } from "../../../src/faces/line/mention.ts";
import { PostBook } from "../../../src/faces/line/post-book.ts";
import type { EventOf, NodeEvent } from "../../../src/faces/shared/door.ts";
import { BOB, channel, doorsTo, entry, FakeNode, LOBBY, STATUS } from "../fake-node.ts";
import { FakeClock } from "./fake-clock.ts";

const OTHER = "99999999-2222-8333-8444-555555555555";
const AT = 1_700_000_000_000;
const id = (letter: string) => letter.repeat(64);

function post(letter: string, text: string, changes: Partial<EventOf<"post">> = {}): EventOf<"post"> {
  const said = { id: id(letter), channelId: LOBBY as never, text, at: AT, own: false, verified: true, kept: true };
  return { type: "post", ...said, author: BOB, authorName: "bob~0BRW", ...changes };
}

const mine = (letter: string, text: string) => post(letter, text, { own: true, author: "node-id", authorName: "ada~3F2A" });

/** What Bob does to a post of ours, unless it is changed. */
function done<Type extends "post-edited" | "post-deleted" | "reaction">(type: Type, changes: Partial<EventOf<Type>>): EventOf<Type> {
  const said = { channelId: LOBBY, id: id("a"), at: AT, own: false, author: BOB, authorName: "bob~0BRW" };
  const about = { postAuthor: "node-id", postAuthorName: "ada~3F2A", excerpt: "hello" };
  return { type, ...said, ...about, ...changes } as EventOf<Type>;
}

/** The chat in #lobby, whose past is a post of Bob's, `b…`, and one of ours, `a…`. */
async function talking(answers: Partial<Api> = {}, colour = false) {
  const node = new FakeNode({
    history: async () => [
      entry({ id: id("b"), author: BOB, authorName: "bob~0BRW", text: "from bob", verified: true }),
      entry({ id: id("a"), author: "node-id", own: true, authorName: "ada~3F2A", text: "from me", verified: true }),
    ],
    ...answers,
  });
  const clock = new FakeClock();
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const options = { home: undefined, listen: undefined, peers: [], name: undefined, passphraseFile: undefined, caFile: undefined };
  const code = chat(
    { ...options, compatNodeId: false, rendezvous: false },
    { input, output, terminal: false, colour },
    doorsTo(node),
    clock,
  );
  onTestFinished(async () => {
    input.end();
    await code;
  });
  const shows = async (words: string | RegExp) =>
    expect.poll(() => (typeof words === "string" ? shown.includes(words) : words.test(shown)), { message: `to show ${words}` }).toBe(true);
  await shows("you are in #lobby");
  return {
    node,
    clock,
    shows,
    shown: () => shown,
    type: (...lines: string[]) => input.write(lines.map((line) => `${line}\n`).join("")),
    emit: (...events: NodeEvent[]) => {
      for (const event of events) node.emit(event);
    },
  };
}

test("commands mean the last post, one's own or somebody else's", async () => {
  const { node, type } = await talking();
  type("/edit see  you at nine", "/delete", "/react 👍", "/react 👍 off", "/reply yes,  at nine");
  await expect.poll(() => node.asked("send")).toEqual([{ channel: "#lobby", text: "yes,  at nine", reply: id("b") }]);
  expect(node.asked("edit")).toEqual([{ id: id("a"), text: "see  you at nine" }]);
  expect(node.asked("delete")).toEqual([{ id: id("a") }]);
  expect(node.asked("react")).toEqual([
    { id: id("b"), text: "👍" },
    { id: id("b"), text: "👍", off: true },
  ]);
});

test("a post is named by its number, which it keeps, or by its id", async () => {
  const { node, type, emit, shows } = await talking();
  emit(post("c", "newer"), mine("d", "newest"));
  type("/posts");
  await shows(/ {2}!1 {2}\d\d:\d\d bob~0BRW: from bob\n {2}!2 {2}\d\d:\d\d you: from me\n {2}!3 {2}\d\d:\d\d bob~0BRW: newer\n {2}!4 {2}/);
  type("/posts 1", "/react !1 👍", "/edit !2 other words", "/edit !bbbbbb x", "/delete !123456", "/react !9 👍", "/edit decade");
  await expect.poll(() => node.asked("edit")).toHaveLength(3);
  expect(node.asked("react")).toEqual([{ id: id("b"), text: "👍" }]);
  expect(node.asked("edit")).toEqual([
    { id: id("a"), text: "other words" },
    { id: "bbbbbb", text: "x" },
    { id: id("d"), text: "decade" },
  ]);
  expect(node.asked("delete")).toEqual([{ id: "123456" }]);
  await shows("-- no post has the number 9: /posts shows them");
});

test("where there is nothing to do it to, or it makes no sense, that is said", async () => {
  const { node, type, shows } = await talking({ history: async () => [entry()] });
  type("/edit x", "/react 👍", "/posts", "/posts none");
  await shows("-- you have said nothing here that can be changed\n-- nobody else has said anything here that you can answer");
  await shows("-- there are no posts here that something can be done to\n-- /posts wants a number");
  type("/edit !aaaaaa", "/reply !aaaaaa", "/react !aaaaaa two words", "/react !aaaaaa", "/delete !aaaaaa now");
  await shows(/\/edit wants.*\n.*\/reply wants.*\n.*\/react wants.*\n.*\/react wants.*\n.*\/delete wants/);
  for (const method of ["edit", "react", "delete", "send"] as const) expect(node.asked(method)).toEqual([]);
});

test("what the node refuses is told", async () => {
  const { type, shows } = await talking({
    edit: async () => {
      throw new ApiError("not-your-post", "that post is of bob~0BRW: only its author can edit or delete it");
    },
  });
  type("/edit !bbbbbb x");
  await shows("-- not done: that post is of bob~0BRW");
});

test("what is done to posts is one line each, with whose they are", async () => {
  const { emit, shown } = await talking();
  const ofBob = { postAuthor: BOB, postAuthorName: "bob~0BRW" };
  emit(
    done("reaction", { text: "👍", off: false }),
    done("reaction", { text: "👍", off: true, own: true, author: "node-id", ...ofBob }),
    done("post-edited", { text: "one\ntwo", ...ofBob, excerpt: 'say "hi"\u202e' }),
    done("post-deleted", ofBob),
    done("post-deleted", {}),
  );
  expect(shown()).toContain(
    [
      '-- bob~0BRW reacted 👍 to your "hello"',
      '-- you took back 👍 from bob~0BRW\'s "hello"',
      "-- bob~0BRW changed \"say 'hi'<U+202E>\" to: one",
      "      | two",
      '-- bob~0BRW deleted "hello"',
      '-- bob~0BRW deleted your "hello"',
    ].join("\n"),
  );
});

test("of other channels only what concerns one is told, with the channel", async () => {
  const { emit, shown } = await talking();
  emit({ type: "joined", channelId: OTHER as never, name: "tea" });
  const there = { channelId: OTHER as never };
  emit(done("reaction", { ...there, text: "+", off: false }), done("post-edited", { ...there, text: "y", excerpt: "x" }));
  emit(done("reaction", { ...there, text: "-", off: false, postAuthor: BOB }), done("post-deleted", { channelId: "somewhere" as never }));
  const lines = shown()
    .split("\n")
    .filter((line) => line.includes("#tea:"));
  expect(lines).toEqual(['-- #tea: bob~0BRW reacted + to your "hello"', '-- #tea: bob~0BRW changed your "x" to: y']);
});

test("a post is shown with what it answers, and that of the past as it stands now", async () => {
  const replyTo = { id: id("a"), author: "node-id", authorName: "ada~3F2A", excerpt: "are you coming?" };
  const { emit, shown } = await talking({
    history: async () => [
      entry({
        id: id("b"),
        verified: true,
        authorName: "bob~0BRW",
        text: "better",
        edited: true,
        reactions: [{ text: "👍", authors: [BOB], authorNames: ["bob~0BRW"], own: false }],
      }),
      entry({ id: id("c"), verified: true, authorName: "bob~0BRW", text: "", deleted: true, deletedByName: "bob~0BRW" }),
      entry({
        id: id("d"),
        verified: true,
        authorName: "bob~0BRW",
        text: "gone",
        deleted: false,
        replyTo: { ...replyTo, author: null, authorName: null, excerpt: null },
      }),
    ],
  });
  emit(post("e", "yes", { shown: { ...PLAIN, replyTo } }), post("f", "soon", { shown: { ...PLAIN, ahead: true } }));
  expect(shown()).toMatch(/ bob~0BRW \(edited\): better\n {6}\+ 👍 bob~0BRW\n/);
  expect(shown()).toMatch(/ bob~0BRW: \[deleted\]\n/);
  expect(shown()).toMatch(/ bob~0BRW to a post that is not here: gone\n/);
  expect(shown()).toMatch(/ bob~0BRW to ada~3F2A \("are you coming\?"\): yes\n/);
  expect(shown()).toMatch(/ bob~0BRW \(dated ahead: a clock is wrong\): soon\n/);
});

test("posts that come after newer ones are shown together, in their order, and marked", async () => {
  const { emit, clock, shown } = await talking();
  emit(post("1", "newest", { at: AT + 3_600_000 }));
  emit(post("3", "third", { at: AT + 180_000 }), post("2", "second", { at: AT + 120_000 }), post("4", "gone", { at: AT + 60_000 }));
  emit(done("post-edited", { id: id("2"), text: "changed", excerpt: "second" }), done("post-deleted", { id: id("4") }));
  expect(shown()).not.toContain("third");
  clock.pass(1_000);
  expect(shown()).toMatch(/newest\n11-1\d \d\d:\d\d bob~0BRW \(late\): changed\n11-1\d \d\d:\d\d bob~0BRW \(late\): third\n$/);
});

test("a line that names the person stands out, and his new name counts", async () => {
  const plain = await talking();
  plain.emit(post("1", "@ADA: tea?"), post("2", "adage"), mine("3", "ada is me"));
  expect(plain.shown()).toMatch(/\d\d \* bob~0BRW: @ADA: tea\?\n\d\d:\d\d bob~0BRW: adage\n\d\d:\d\d you: ada is me\n/);
  plain.emit({
    type: "nick",
    channelId: LOBBY as never,
    author: "node-id",
    authorName: "lady~3F2A",
    formerName: "lady~3F2A",
    own: true,
    at: AT,
    nick: "lady",
    hlc: 1,
  });
  plain.emit(post("4", "ada?"), post("5", "lady?"));
  expect(plain.shown()).toMatch(/\d\d bob~0BRW: ada\?\n\d\d:\d\d \* bob~0BRW: lady\?\n/);
  const coloured = await talking({}, true);
  coloured.emit(post("1", "hello ada"));
  expect(coloured.shown()).toContain("\x1b[1;33m* bob~0BRW\x1b[22;39m: hello ada\n");
});

test("topics and names are shown, set and asked for", async () => {
  const { node, type, emit, shows } = await talking({
    channels: async () => [channel({ mode: "open", topic: "cake" })],
  });
  await shows("you are in #lobby (cake); here");
  type("/topic tea  and cake", "/topic -", "/topic", "/nick ada2");
  await shows("-- the topic of #lobby: tea\n-- others see you as ada2~3F2A from now on");
  expect(node.asked("topic")).toEqual([
    { channel: "#lobby", text: "tea  and cake" },
    { channel: "#lobby", text: "" },
    { channel: "#lobby" },
  ]);
  const said = { channelId: LOBBY as never, at: AT, own: false, author: BOB, authorName: "rob~0BRW" };
  emit({ type: "topic", ...said, text: "scones" }, { type: "topic", ...said, text: "" });
  emit(
    { type: "nick", ...said, formerName: "bob~0BRW", nick: "rob", hlc: 1 },
    { type: "nick", ...said, formerName: "~0BRW0AE6", nick: "rob", hlc: 1 },
  );
  await shows("-- rob~0BRW set the topic: scones\n-- rob~0BRW took the topic away\n-- bob~0BRW is called rob~0BRW now\n");
});

test("a reply that was typed is shown with what it answers", async () => {
  const replyTo = { id: id("b"), author: BOB, authorName: "bob~0BRW", excerpt: "from bob" };
  const { node, type, shows, shown } = await talking({
    send: async () => {
      node.emit({ ...mine("c", "yes"), shown: { ...PLAIN, replyTo } });
      return { id: id("c"), channelId: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 };
    },
  });
  type("/reply yes");
  await shows(/\d\d:\d\d you to bob~0BRW \("from bob"\): yes\n/);
  expect(shown()).not.toContain("not done");
});

test("the book of posts numbers each once, and keeps the last thousand", () => {
  const book = new PostBook();
  const noted = (n: number) => ({ id: `${n}`, channelId: LOBBY, authorName: "a", own: false, verified: true, at: n, text: `${n}` });
  for (let n = 1; n <= 1_500; n++) book.note(noted(n));
  book.note(noted(1_500));
  expect([book.idOf(1_500), book.idOf(501), book.idOf(500), book.idOf(1_501)]).toEqual(["1500", "501", null, null]);
});

test("late posts wait no longer than some seconds, however many come", () => {
  const late = new LatePosts<{ at: number; channelId: string }>();
  for (let now = 0; now < 10_000; now += 400) {
    late.hold({ at: -now, channelId: LOBBY }, now);
    if (now >= 2_800) break;
  }
  expect(late.dueAt).toBe(3_000);
  expect(late.take(2_999)).toEqual([]);
  expect(late.take(3_000)).toHaveLength(1);
  expect(late.dueAt).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  ["ada", "ada?", true],
  ["ada", "hello @Ada", true],
  ["ada", "adamant", false],
  ["ada", "canada", false],
  ["a.b", "axb", false],
  ["a.b", "is a.b here", true],
  ["zoë", "Zoë!", true],
  ["nick-b", "is nick-b here", true],
  ["(a\\\\/b)*", "who is (a\\\\/b)*?", true],
  ["", "anything", false],
])("%j is named by %j: %s", (nick, text, expected) => {
  expect(mentions(text, nick)).toBe(expected);
  expect(STATUS.name).toBe("ada");
});
