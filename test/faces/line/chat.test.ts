import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, ApiError } from "../../../src/app/api.ts";
import { chat } from "../../../src/faces/line/index.ts";
import type { EventOf, NodeEvent, StartOptions } from "../../../src/faces/shared/door.ts";
import { doorsTo, entry, FakeNode, ID, LOBBY, STATUS } from "../fake-node.ts";

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
    this.code = chat(options, { input: this.#input, output, terminal: false, colour: false }, doors);
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
}

const post = (changes: Partial<EventOf<"post">> = {}): EventOf<"post"> => ({
  type: "post",
  id: ID,
  channelId: LOBBY as never,
  author: "127.0.0.1:7002",
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
    await talk.shows("you are in #lobby; 1 other here");
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

  test("messages of others are marked as unproven, and those of another channel with its name", async () => {
    talk.emit(post());
    await talk.shows(/\d\d:\d\d \?127\.0\.0\.1:7002: hello\n/);
    talk.emit({ type: "joined", channelId: OTHER as never, name: "tea" });
    talk.emit(post({ channelId: OTHER as never, text: "milk?" }));
    await talk.shows(/\d\d:\d\d #tea \?127\.0\.0\.1:7002: milk\?\n/);
    talk.emit(post({ channelId: "00000000-0000-8000-8000-000000000000" as never, text: "psst", kept: false }));
    await talk.shows("(not joined, not kept) ?127.0.0.1:7002: psst");
  });

  test("nothing in a message reaches the terminal as a command, or looks like another message", async () => {
    talk.emit(post({ author: "a\u001b]0;x\u0007", text: "x\u009b2J\n23:59 you: I agree" }));
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
    ["not delivered to some", { state: "failed", acked: 1, of: 3, reason: "no-ack" }, "-- not delivered to 2 of 3 (no-ack)\n"],
    [
      "saved with nobody there",
      { state: "saved", acked: 0, of: 0 },
      "-- saved here; nobody else is in this channel now, so nobody has got it\n",
    ],
    ["not kept", { state: "failed", acked: 0, of: 0, reason: "disk-full" }, "-- not kept and not sent (disk-full)\n"],
  ] as const)("a message that was %s is said to be so", async (_, changes, words) => {
    talk.emit(post({ own: true }));
    talk.emit(state(changes));
    await talk.shows(words);
  });

  test("what is still under way is not called delivered, and the ends of two messages are told apart", async () => {
    talk.emit(post({ own: true, text: "first" }));
    talk.emit(post({ own: true, id: "f".repeat(32), text: "second" }));
    talk.emit(state({ state: "saved", acked: 0, of: 2 }));
    talk.emit(state({ state: "saved", acked: 1, of: 2 }));
    talk.emit(state({ state: "failed", acked: 1, of: 2 }));
    await talk.shows('-- not delivered to 1 of 2: "first"\n');
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

  test("members and peers that come and go are shown quietly", async () => {
    talk.emit({ type: "member-joined", channelId: LOBBY as never, member: "127.0.0.1:7003" as never });
    talk.emit({ type: "member-left", channelId: LOBBY as never, member: "127.0.0.1:7003" as never, why: "left" });
    talk.emit({ type: "member-left", channelId: LOBBY as never, member: "127.0.0.1:7004" as never, why: "expired" });
    talk.emit({ type: "peer-up", peer: "127.0.0.1:7003", path: "direct" });
    talk.emit({ type: "peer-down", peer: "127.0.0.1:7003" });
    talk.emit({ type: "store-failed", code: "disk-full" });
    await talk.shows("the store failed (disk-full)");
    for (const words of [
      "-- 127.0.0.1:7003 is in #lobby\n",
      "-- 127.0.0.1:7003 left #lobby\n",
      "-- 127.0.0.1:7004 was not heard for long",
      "-- peer 127.0.0.1:7003 is here\n",
      "-- peer 127.0.0.1:7003 is silent\n",
    ]) {
      expect(talk.shown).toContain(words);
    }
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
          finish = () => resolve({ peer: "127.0.0.1:7009", path: "direct", ms: 30 });
        }),
    });
    await slow.shows("you are in #lobby");
    slow.type("/connect 127.0.0.1:7009", "still here");
    await expect.poll(() => slow.node.asked("send")).toEqual([{ channel: "#lobby", text: "still here" }]);
    finish();
    await slow.shows("-- connected to 127.0.0.1:7009: direct, in 30 ms");
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
    ["/who", "127.0.0.1:7002  here"],
    ["/channels", "* #lobby  1 of 1 others here"],
    ["/peers", "127.0.0.1:7002  here, direct"],
    ["/status", "Listens on UDP 127.0.0.1:7667"],
    ["/help", "/connect PEER [via HOST:PORT]"],
    ["/help join", "for example: /join #lobby 203.0.113.5:7667"],
    ["/switch tea", "you are not in #tea: /join #tea"],
    ["/join", "/join wants a channel"],
    ["/connect", "/connect wants a peer"],
  ])("%s answers", async (line, words) => {
    talk.type(line);
    await talk.shows(words);
  });

  test("/quit ends it with 0, and lets go of the node", async () => {
    talk.type("/quit");
    expect(await talk.code).toBe(0);
    expect(talk.node.closed).toBe(1);
  });
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
