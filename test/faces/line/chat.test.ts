import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, ApiError } from "../../../src/app/api.ts";
import { Chat } from "../../../src/faces/line/chat.ts";
import { chat } from "../../../src/faces/line/index.ts";
import type { EventOf, NodeEvent, StartOptions } from "../../../src/faces/shared/door.ts";
import { widthOf } from "../../../src/faces/shared/width.ts";
import { AS_BOB, BOB, doorsTo, entry, FakeNode, ID, LOBBY, member, peer, STATUS } from "../fake-node.ts";
import { FakeClock } from "./fake-clock.ts";

const OTHER = "99999999-2222-8333-8444-555555555555";
const OPTIONS: StartOptions = {
  home: undefined,
  listen: undefined,
  peers: [],
  name: undefined,
  passphraseFile: undefined,
  caFile: undefined,
  compatNodeId: false,
  rendezvous: false,
};

/** The chat without a terminal: lines in, lines out. */
class Talk {
  readonly node: FakeNode;
  readonly clock = new FakeClock();
  readonly code: Promise<number>;
  readonly started: readonly StartOptions[];
  readonly #input = new PassThrough();
  #shown = "";

  constructor(answers: Partial<Api> = {}, { running = true, options = OPTIONS } = {}) {
    this.node = new FakeNode(answers, !running);
    const output = new PassThrough();
    output.setEncoding("utf8").on("data", (text: string) => {
      this.#shown += text;
    });
    const doors = doorsTo(this.node, running);
    this.started = doors.started;
    this.code = chat(options, { input: this.#input, output, terminal: false, colour: false }, doors, this.clock);
  }

  get shown(): string {
    return this.#shown;
  }

  type(...lines: string[]): void {
    this.#input.write(lines.map((line) => `${line}\n`).join(""));
  }

  end(): void {
    this.#input.end();
  }

  /** Waits until it shows this. */
  async shows(words: string | RegExp): Promise<void> {
    const matches = () => (typeof words === "string" ? this.#shown.includes(words) : words.test(this.#shown));
    await expect.poll(matches, { timeout: 5_000, message: `to show ${words}` }).toBe(true);
  }

  emit(event: NodeEvent): void {
    this.node.emit(event);
  }

  /** The lines of the node so far that fit. */
  said(words: RegExp): string[] {
    return this.#shown.split("\n").filter((line) => line.startsWith("-- ") && words.test(line));
  }
}

const bob = { peer: BOB, name: AS_BOB.name } as const;
const up = (changes: Partial<EventOf<"session-up">> = {}): EventOf<"session-up"> => ({
  type: "session-up",
  ...bob,
  endpoint: "127.0.0.1:7002" as never,
  nick: "bob",
  path: "direct",
  ...changes,
});
const refused = (endpoint = "127.0.0.1:7009"): EventOf<"session-refused"> => ({
  type: "session-refused",
  endpoint: endpoint as never,
  reason: "not-certified",
});
const post = (changes: Partial<EventOf<"post">> = {}): EventOf<"post"> => ({
  type: "post",
  id: ID,
  channelId: LOBBY as never,
  author: "127.0.0.1:7002",
  authorName: "?127.0.0.1:7002",
  own: false,
  at: 1_700_000_000_000,
  text: "hello",
  verified: false,
  kept: true,
  ...changes,
});
const state = (changes: Partial<EventOf<"post-state">>): EventOf<"post-state"> => ({
  type: "post-state",
  id: ID,
  ref: ID,
  channelId: LOBBY as never,
  state: "saved",
  acked: 0,
  of: 0,
  ...changes,
});

describe("in a channel", () => {
  let talk: Talk;
  beforeEach(async () => {
    talk = new Talk();
    await talk.shows("you are in #lobby; here: ?127.0.0.1:7002");
    return async () => {
      talk.end();
      await talk.code;
    };
  });

  test("the end of its past is shown first", () => {
    expect(talk.shown).toMatch(/\d\d:\d\d \?127\.0\.0\.1:7002: hi\n-- you are in #lobby/);
  });

  test("a line is sent there, two slashes send one", async () => {
    talk.type("good morning", "//etc/hosts", "");
    await expect
      .poll(() => talk.node.asked("send"))
      .toEqual([
        { channel: "#lobby", text: "good morning" },
        { channel: "#lobby", text: "/etc/hosts" },
      ]);
  });

  test("messages have the names of their authors, and those of another channel its name", async () => {
    talk.emit(post({ author: BOB, authorName: "bob~0BRW", verified: true }));
    await talk.shows(/\d\d:\d\d bob~0BRW: hello\n/);
    talk.emit(post());
    await talk.shows(/\d\d:\d\d \?127\.0\.0\.1:7002: hello\n/);
    talk.emit({ type: "joined", channelId: OTHER as never, name: "tea" });
    talk.emit(post({ channelId: OTHER as never, text: "milk?" }));
    await talk.shows(/\d\d:\d\d #tea \?127\.0\.0\.1:7002: milk\?\n/);
    talk.emit(post({ channelId: "00000000-0000-8000-8000-000000000000" as never, text: "psst", kept: false }));
    await talk.shows("(not joined, not kept) ?127.0.0.1:7002: psst");
  });

  test("nothing in a message reaches the terminal as a command, or looks like another message", async () => {
    talk.emit(post({ authorName: "?a\u001b]0;x\u0007", text: "x\u009b2J\n23:59 you: I agree" }));
    await talk.shows("?a␛]0;x␇: x<U+009B>2J\n      | 23:59 you: I agree\n");
  });

  test("one's own message is not shown twice, one sent from elsewhere is shown", async () => {
    talk.type("hello");
    await expect.poll(() => talk.node.asked("send").length).toBe(1);
    talk.emit(post({ own: true }));
    talk.emit(post({ own: true, id: "f".repeat(32), text: "from the command line" }));
    await talk.shows("you: from the command line");
    expect(talk.shown).not.toContain("you: hello");
  });

  test.each([
    ["delivered to all", { state: "delivered", acked: 2, of: 2 }, "-- delivered to 2 of 2\n"],
    [
      "delivered to one that only says so",
      { state: "delivered", acked: 2, of: 2, bare: 1 },
      "-- delivered to 2 of 2, 1 of them not known to keep it\n",
    ],
    [
      "not confirmed by some",
      { state: "failed", acked: 1, of: 3, reason: "gone" },
      "-- not confirmed by 2 of 3 (gone: they went away meanwhile)\n",
    ],
    [
      "saved with nobody there",
      { state: "saved", acked: 0, of: 0 },
      "-- saved here; nobody else is in this channel now, so nobody has got it\n",
    ],
    [
      "lost on all of those who were there",
      { state: "waiting", acked: 0, of: 1, reason: "left" },
      "-- not confirmed by 1 of 1 (left: they are not in the channel: they left it, or came back without it); whoever comes next gets it\n",
    ],
    [
      "meant for one that was called and never came",
      { state: "waiting", acked: 0, of: 0, reason: "nobody-there" },
      "-- saved here; nobody else is in this channel now, so nobody has got it\n",
    ],
    ["not kept", { state: "failed", acked: 0, of: 0, reason: "disk-full" }, "-- not kept and not sent (disk-full)\n"],
  ] as const)("a message that was %s is said to be so", async (_, changes, words) => {
    talk.emit(post({ own: true }));
    talk.emit(state(changes));
    await talk.shows(words);
  });

  test("a message with which one was alone is said to be delivered when somebody comes, and nothing is said twice", async () => {
    talk.emit(post({ own: true }));
    talk.emit(state({ state: "saved", acked: 0, of: 0 }));
    talk.emit(state({ state: "waiting", acked: 0, of: 0, reason: "nobody-there" }));
    talk.emit(state({ state: "delivered", acked: 1, of: 1 }));
    await talk.shows("-- delivered to 1 of 1\n");
    expect(talk.shown.match(/nobody has got it/g)).toHaveLength(1);
  });

  test("messages that mailboxes have come to hold are said to be held: by how many, until when, where and for whom", async () => {
    const held = (id: string, byName = "@mia", forName = "@bob") =>
      talk.emit({ type: "held", channelId: LOBBY as never, id, for: BOB, forName, by: BOB, byName, until: 1_798_329_600_000 } as never);
    talk.emit(post({ own: true, id: "a".repeat(64), ref: ID, text: "the moonstone" }));
    held("a".repeat(64));
    talk.clock.pass(2_000);
    await talk.shows('-- held by 1 mailbox until 2026-12-27 (@mia for @bob): "the moonstone"\n');
    for (const id of ["b", "c", "d"]) held(id.repeat(64));
    held("b".repeat(64), "@noa", "@carl");
    talk.clock.pass(2_000);
    await talk.shows("-- 3 messages are held by 2 mailboxes until 2026-12-27 (@mia and @noa for @bob and @carl)\n");
    held("e".repeat(64));
    talk.clock.pass(2_000);
    await talk.shows("-- a message is held by 1 mailbox until 2026-12-27 (@mia for @bob)\n");
    for (let n = 0; n < 40; n++) {
      held(`${n}`.padStart(64, "f"));
      talk.clock.pass(1_000);
    }
    await talk.shows("messages are held by 1 mailbox");
    expect(talk.said(/3. messages are held/).length).toBe(1);
  });

  test("what is still under way is not called delivered, and the ends of two messages are told apart", async () => {
    talk.emit(post({ own: true, text: "first" }));
    talk.emit(post({ own: true, id: "f".repeat(32), text: "second" }));
    talk.emit(state({ state: "saved", acked: 0, of: 2 }));
    talk.emit(state({ state: "saved", acked: 1, of: 2 }));
    talk.emit(state({ state: "failed", acked: 1, of: 2 }));
    await talk.shows('-- not confirmed by 1 of 2: "first"\n');
    expect(talk.shown).not.toMatch(/-- (saved|delivered)/);
  });

  test("a text that the node refuses is said to be refused, and why", async () => {
    talk.node.calls.length = 0;
    const refusing = new Talk({ send: () => Promise.reject(new ApiError("too-long", "the text is too long: split it")) });
    await refusing.shows("you are in #lobby");
    refusing.type("x");
    await refusing.shows("-- not done: the text is too long: split it\n");
    refusing.end();
    await refusing.code;
  });

  test("two histories by one author, a home that is an old backup, a clock that is wrong, and what counts no more are told once", async () => {
    const finding = { type: "log-finding", channelId: LOBBY, author: BOB, authorName: "bob~0BRW" } as const;
    for (let times = 0; times < 2; times++) talk.emit({ ...finding, finding: "fork" } as never);
    talk.emit({ ...finding, finding: "rolled-back", authorName: "ada" } as never);
    talk.emit({ type: "own-clock", wrong: true, behindMs: 600_000, peers: 3 });
    talk.emit({ type: "own-clock", wrong: false, behindMs: 0, peers: 3 });
    talk.emit(post({ id: "9".repeat(64), text: "said without a role" }));
    talk.emit({ type: "post-gone", id: "9".repeat(64), channelId: LOBBY as never });
    await talk.shows('counts no more, for want of a role: "said without a role"\n');
    expect(talk.said(/two histories/)).toHaveLength(1);
    expect(talk.said(/old backup: what you said/)).toHaveLength(1);
    expect(talk.said(/your clock/)).toEqual([
      "-- your clock is wrong: it is 10 min behind the middle one of 3 nodes. Set it, or let the system do so",
      "-- your clock agrees with those of the others again",
    ]);
  });

  test("a message that somebody takes long to confirm is said to be so, once", async () => {
    talk.emit(post({ own: true }));
    talk.emit(state({ state: "saved", of: 2 }));
    talk.clock.pass(4_000);
    expect(talk.said(/confirmed/)).toEqual([]);
    talk.clock.pass(100_000);
    await talk.shows("your node goes on");
    expect(talk.said(/confirmed/)).toEqual(['-- "hello" is saved here, and not yet confirmed by everybody: your node goes on trying']);
    talk.emit(state({ state: "delivered", acked: 2, of: 2 }));
    await talk.shows("-- delivered to 2 of 2\n");
  });

  test("several that take long are one line", async () => {
    for (const id of ["1", "2", "3"]) {
      talk.emit(post({ own: true, id }));
      talk.emit(state({ ref: id, of: 1 }));
    }
    talk.clock.pass(10_000);
    await talk.shows("-- 3 messages are saved here, and not yet confirmed");
  });

  test("a disk that does not take a message is said once, by its state", async () => {
    const full = new Talk({ send: () => Promise.reject(new ApiError("store-failed", "the text is not on the disk", "disk-full")) });
    await full.shows("you are in #lobby");
    full.type("x");
    await expect.poll(() => full.node.asked("send").length).toBe(1);
    full.emit(post({ own: true, text: "x" }));
    full.emit(state({ state: "stalled", reason: "disk-full" }));
    await full.shows("-- not on the disk yet (disk-full)");
    expect(full.shown).not.toContain("not done");
    full.end();
    await full.code;
  });

  test("a node that comes is one line, and how to make sure of it is said once", async () => {
    talk.end();
    const alone = new Talk({ contacts: async () => [] });
    await alone.shows("you are in #lobby");
    alone.emit({ type: "peer-up", peer: "127.0.0.1:7002", name: "?127.0.0.1:7002", path: "direct" });
    alone.emit({ type: "peer-down", peer: "127.0.0.1:7002", name: "?127.0.0.1:7002" });
    alone.emit(up());
    alone.emit({ type: "member-joined", ...bob, channelId: LOBBY as never, member: "127.0.0.1:7002" as never });
    alone.clock.pass(5_000);
    await alone.shows("-- bob~0BRW is here, encrypted (direct), in #lobby\n-- names are what people call themselves: /verify bob~0BRW");
    alone.emit(up({ peer: `${BOB}2`, name: "eve~0BRX", endpoint: "127.0.0.1:7003" as never }));
    alone.clock.pass(5_000);
    await alone.shows("eve~0BRX is here");
    expect(alone.said(/\?127\.0\.0\.1:7002 is/)).toEqual([]);
    expect(alone.said(/verify/)).toHaveLength(1);
    alone.end();
    await alone.code;
  });

  test("a node that goes is one line, and one that only changes its path is none", async () => {
    talk.emit(up());
    talk.clock.pass(5_000);
    talk.emit({ type: "path", ...bob, endpoint: "127.0.0.1:7004" as never, path: "relay" });
    talk.clock.pass(5_000);
    talk.emit({ type: "member-left", ...bob, channelId: LOBBY as never, member: "127.0.0.1:7002" as never, why: "left" });
    talk.emit({ type: "session-down", ...bob, reason: "closed" });
    talk.clock.pass(5_000);
    await talk.shows("bob~0BRW has left");
    expect(talk.said(/bob/)).toEqual(["-- bob~0BRW is here, encrypted (direct)", "-- bob~0BRW has left"]);
  });

  test("a crowd is a few lines, /notices all shows each and none nobody", async () => {
    const crowd = (from: number) => {
      for (let n = from; n < from + 30; n++)
        talk.emit(up({ peer: `${BOB}${n}`, name: `n${n}~0BRW`, endpoint: `127.0.0.1:${n + 8_000}` as never }));
      talk.clock.pass(1_000);
    };
    crowd(0);
    await talk.shows("others come and go as well");
    expect(talk.said(/0BRW is here/)).toHaveLength(5);
    talk.type("/notices all");
    await talk.shows("notices: all");
    crowd(100);
    await expect.poll(() => talk.said(/0BRW is here/).length).toBe(35);
    talk.type("/notices none");
    await talk.shows("notices: none");
    crowd(200);
    talk.type("/notices");
    await talk.shows("now it is none");
    expect(talk.said(/0BRW is here/)).toHaveLength(35);
  });

  test("a refused session and a wrong clock are said once, with what to do", async () => {
    for (let n = 0; n < 5; n++) talk.emit(refused());
    talk.emit({ type: "clock-skew", ...bob, aheadMs: -200_000 });
    talk.emit({ type: "clock-skew", ...bob, aheadMs: -200_000 });
    await talk.shows("the clock of bob~0BRW is 3 min behind yours: one of the two is wrong. Check yours\n");
    expect(talk.said(/no session/)).toEqual([expect.stringMatching(/no session with \?127\.0\.0\.1:7009: not-certified: .*--csr/)]);
    expect(talk.said(/clock/)).toHaveLength(1);
    talk.clock.pass(600_000);
    talk.emit(refused());
    await expect.poll(() => talk.said(/no session/).length).toBe(2);
  });

  test("refusals by many addresses do not flood", async () => {
    for (let n = 0; n < 500; n++) talk.emit(refused(`127.0.0.1:${n + 1}`));
    talk.emit({ type: "store-failed", code: "disk-full" });
    await talk.shows("the store failed (disk-full)");
    expect(talk.said(/no session/).length).toBeLessThanOrEqual(10);
  });

  test("Tab completes names, at the beginning of a line as an address", async () => {
    const node = new FakeNode({ members: async () => [member({ ...AS_BOB })] });
    const screen = { quiet: () => {}, print: () => {}, setPrompt: () => {} };
    const completing = new Chat(node, screen as never, new FakeClock(), () => {});
    await completing.begin();
    node.emit(post({ authorName: "bobby~5219" }));
    expect(completing.complete("bo")).toEqual(["bobby~5219: ", "bob~0BRW: "]);
    expect(completing.complete("/verify bob~")).toEqual(["bob~0BRW "]);
    expect(completing.complete("/ver")).toEqual(["/verify "]);
    expect(completing.complete("look at #lo")).toEqual(["#lobby "]);
    expect(completing.complete("hello ")).toEqual([]);
  });

  test("an unknown command is answered with the nearest one and is never sent", async () => {
    talk.type("/jion #tea");
    await talk.shows("there is no command /jion. Did you mean /join?");
    expect(talk.node.asked("send")).toEqual([]);
  });

  test("/join joins at the peers named and looks at it; one that we are in is only looked at", async () => {
    const two = new Talk({
      join: async () => ({ channelId: OTHER, name: "tea" }),
      history: async ({ channel }) => [entry({ text: `past of ${channel}` })],
    });
    await two.shows("you are in #lobby");
    two.type("/join tea 127.0.0.1:7009", "hi", "/join #LOBBY", "back");
    await expect
      .poll(() => two.node.asked("send"))
      .toEqual([
        { channel: "#tea", text: "hi" },
        { channel: "#lobby", text: "back" },
      ]);
    expect(two.node.asked("join")).toEqual([{ channel: "#tea", at: ["127.0.0.1:7009"] }]);
    expect(two.shown).toContain("past of #tea");
    two.end();
    await two.code;
  });

  test("/leave leaves, and a line after it goes nowhere", async () => {
    talk.type("/leave");
    await talk.shows("you left #lobby");
    talk.emit({ type: "left", channelId: LOBBY as never });
    talk.type("hello?");
    await talk.shows("nobody got that");
    expect(talk.node.asked("send")).toEqual([]);
  });

  test("/connect shows its own steps, and the chat goes on meanwhile", async () => {
    let finish = () => {};
    const slow = new Talk({
      connect: ({ ref = 0 }) =>
        new Promise((resolve) => {
          slow.emit({ type: "connect", ref, step: { step: "hello", to: "127.0.0.1:7009" as never } });
          slow.emit({ type: "connect", ref: ref + 1, step: { step: "hello", to: "127.0.0.9:1" as never } });
          finish = () => resolve({ peer: "127.0.0.1:7009", path: "direct", ms: 30, nodeId: BOB, name: "bob~0BRW", refused: null });
        }),
    });
    await slow.shows("you are in #lobby");
    slow.type("/connect 127.0.0.1:7009", "still here");
    await expect.poll(() => slow.node.asked("send")).toEqual([{ channel: "#lobby", text: "still here" }]);
    finish();
    await slow.shows("-- connected to bob~0BRW at 127.0.0.1:7009: direct, encrypted, in 30 ms");
    expect(slow.shown).toContain("said HELLO to 127.0.0.1:7009");
    expect(slow.shown).not.toContain("127.0.0.9:1");
    slow.end();
    await slow.code;
  });

  test("/connect that fails says what to do", async () => {
    const failing = new Talk({ connect: () => Promise.reject(new ApiError("not-connected", "no", "via-silent")) });
    await failing.shows("you are in #lobby");
    failing.type("/connect 127.0.0.2 via 127.0.0.1:7001");
    await failing.shows("via-silent: the introducer did not answer");
    expect(failing.node.asked("connect")).toMatchObject([{ peer: "127.0.0.2", via: "127.0.0.1:7001" }]);
    failing.end();
    await failing.code;
  });

  test.each([
    ["/who", "  ?127.0.0.1:7002  here, not encrypted"],
    ["/channels", "* #lobby  1 of 1 others here"],
    ["/peers", "  ?127.0.0.1:7002  here, not encrypted, direct, v4"],
    ["/status", "Listens on UDP 127.0.0.1:7667"],
    ["/help", "/connect PEER [via HOST:PORT]"],
    ["/help join", "for example: /join #lobby 203.0.113.5:7667"],
    ["/switch tea", "you are not in #tea: /join #tea"],
    ["/join", "/join wants a channel"],
    ["/connect", "/connect wants a peer"],
    ["/verify", "/verify wants a name"],
    ["/verify bob no", "/verify wants a name"],
    ["/verify bob~0BRW", "    84762 33395 56913 51433\n    40729 06344 37959 85002\n"],
    ["/verify @bob yes", "-- @bob is verified from now on"],
    ["/contact bob~0BRW as bob", "-- bob~0BRW is @bob from now on. Make sure of it: /verify @bob"],
    ["/contact bob~0BRW", "/contact wants a name and yours for it"],
    ["/contact remove @bob", "-- @bob is no contact any more"],
    ["/contacts", `  @bob  ${BOB}`],
    ["/notices loud", "/notices wants one of all, smart, none; now it is smart"],
  ])("%s answers", async (line, words) => {
    talk.type(line);
    await talk.shows(words);
  });

  test("/help stays within 80 columns", async () => {
    talk.type("/help");
    await talk.shows("via HOST:PORT\n");
    for (const line of talk.shown.split("\n").slice(3)) expect(widthOf(line), line).toBeLessThanOrEqual(80);
  });

  test("/quit ends it with 0, and lets go of the node", async () => {
    talk.type("/quit");
    expect(await talk.code).toBe(0);
    expect(talk.node.closed).toBe(1);
  });
});

test("/lock clears the screen and ends the node, where only the passphrase opens it again", async () => {
  const open = new Talk({ status: async () => ({ ...STATUS, keyProtection: "os-user" }) });
  await open.shows("you are in");
  open.type("/lock");
  await open.shows("under no passphrase");
  open.end();
  await open.code;
  const talk = new Talk({ status: async () => ({ ...STATUS, keyProtection: "passphrase" }) });
  await talk.shows("you are in");
  talk.type("/lock");
  await talk.shows("locked");
  expect(await talk.code).toBe(0);
  expect(talk.node.calls.map(({ method }) => method)).toContain("stop");
});

test("who is in no channel yet is told how to begin, with the port to give away", async () => {
  const talk = new Talk({ channels: async () => [], status: async () => ({ ...STATUS, udp: "0.0.0.0:40123" }) });
  await talk.shows("You are in no channel yet");
  expect(talk.shown).toContain("YOUR-ADDRESS:40123");
  talk.type("hello");
  await talk.shows("nobody got that");
  talk.end();
  expect(await talk.code).toBe(0);
});

test("what is wrong already, and who is here, is told at the beginning", async () => {
  const warnings = [{ kind: "session-refused", at: Date.now(), endpoint: "127.0.0.1:7009", reason: "not-certified", times: 3 }] as const;
  const talk = new Talk({ status: async () => ({ ...STATUS, warnings }), peers: async () => [peer({ ...AS_BOB, kind: "full" })] });
  await talk.shows("-- you are ada~3F2A; attached to the running node, which listens on UDP 127.0.0.1:7667; here: bob~0BRW\n");
  await talk.shows(/-- no session with \?127\.0\.0\.1:7009 \(3 times, \d+ ms ago\): not-certified/);
  talk.end();
  await talk.code;
});

test("/status tells over which ways the node talks with whom, and what is wrong", async () => {
  const warnings = [{ kind: "clock-skew", at: 1, nodeId: BOB, name: "bob~0BRW", aheadMs: 90_000 }] as const;
  const full = peer({ ...AS_BOB, id: BOB, kind: "full", path: "relay", via: "127.0.0.1:7003" as never, viaName: "@carol", rttMs: 31.4 });
  const talk = new Talk({ status: async () => ({ ...STATUS, warnings }), peers: async () => [full, peer()] });
  await talk.shows("you are in #lobby");
  talk.type("/status");
  await talk.shows("  bob~0BRW  here, encrypted, over @carol, v4, 31 ms\n");
  await talk.shows("Warning: the clock of bob~0BRW is 90 s ahead of yours");
  talk.end();
  await talk.code;
});

test("a configured name without an address is told at the beginning", async () => {
  const peers = { live: 0, known: 0, unresolved: ["nosuch.example:7667"] };
  const talk = new Talk({ status: async () => ({ ...STATUS, peers }) });
  await talk.shows("nosuch.example:7667 does not resolve to an address");
  talk.end();
  expect(await talk.code).toBe(0);
});

test("a node of its own is started where none runs, and what is typed meanwhile is not lost", async () => {
  const options = { ...OPTIONS, name: "ada" };
  const talk = new Talk({}, { running: false, options });
  talk.type("early words");
  await talk.shows("starting your node");
  await expect.poll(() => talk.node.asked("send")).toEqual([{ channel: "#lobby", text: "early words" }]);
  expect(talk.started).toEqual([options]);
  talk.end();
  expect(await talk.code).toBe(0);
  expect(talk.node.closed).toBe(1);
});

test("on a node that runs already, --peer connects and the rest of the options is said to change nothing", async () => {
  const talk = new Talk({}, { options: { ...OPTIONS, listen: "127.0.0.1:1", peers: ["127.0.0.1:7009"] } });
  await talk.shows("--listen changes nothing");
  await expect.poll(() => talk.node.asked("connect")).toEqual([{ peer: "127.0.0.1:7009" }]);
  talk.end();
  await talk.code;
});

test("it ends with 1 and says so when the node ends", async () => {
  const talk = new Talk();
  await talk.shows("you are in #lobby");
  talk.node.end();
  expect(await talk.code).toBe(1);
  expect(talk.shown).toContain("the node has ended");
});
