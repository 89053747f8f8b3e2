/** Commands about posts that are there, and what tail shows of them. */
import { describe, expect, test } from "vitest";
import type { EventOf, NodeEvent } from "../../../src/faces/shared/door.ts";
import { BOB, DID, entry, FakeNode, ID, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

const SHORT = "3f2a91bc";

test.each([
  [["edit", SHORT, "see", "you"], "edit", { id: SHORT, text: "see you" }],
  [["edit", SHORT], "edit", { id: SHORT, text: "from stdin" }],
  [["edit", SHORT, "x", "--wait", "delivered", "--timeout", "5"], "edit", { id: SHORT, text: "x", wait: "delivered", timeoutMs: 5_000 }],
  [["delete", SHORT], "delete", { id: SHORT }],
  [["react", SHORT, "👍"], "react", { id: SHORT, text: "👍", off: false }],
  [["react", SHORT, "👍", "--off"], "react", { id: SHORT, text: "👍", off: true }],
  [["send", "lobby", "yes", "--reply", SHORT], "send", { channel: "#lobby", text: "yes", reply: SHORT }],
  [["topic", "lobby"], "topic", { channel: "#lobby" }],
  [["topic", "lobby", "tea", "and", "cake"], "topic", { channel: "#lobby", text: "tea and cake" }],
  [["topic", "lobby", "--clear"], "topic", { channel: "#lobby", text: "" }],
  [["nick"], "nick", {}],
  [["nick", "lady ada"], "nick", { name: "lady ada" }],
  [["tail", "lobby", "--since", SHORT], "history", { channel: "#lobby", most: 50, since: SHORT }],
] as const)("%j asks for that", async (argv, method, request) => {
  const { code, node } = await run(argv, { stdin: "from stdin\n" });
  expect([code, node.asked(method)]).toEqual([0, [request]]);
});

test.each([
  [["edit"]],
  [["edit", SHORT, "x", "--wait", "held"]],
  [["react", SHORT]],
  [["topic", "lobby", "x", "--clear"]],
  [["nick", "a", "b"]],
])("%j is wrong usage", async (argv) => {
  expect((await run(argv)).code).toBe(2);
});

test("what was done is printed as JSON, and said honestly", async () => {
  const sent = { id: DID, post: SHORT, channel_id: LOBBY, state: "saved", acked: 0, of: 1, bare: 0 };
  for (const argv of [
    ["edit", SHORT, "x"],
    ["delete", SHORT],
    ["react", SHORT, "+"],
  ]) {
    const { out } = await run([...argv, "--json"]);
    expect(JSON.parse(out)).toEqual(sent);
  }
  expect((await run(["delete", SHORT])).err).toContain("others may have read it");
  expect(JSON.parse((await run(["nick", "--json"])).out)).toEqual({ name: "ada", shown_as: "ada~3F2A", channels: ["#lobby"] });
  const topic = { channel_id: LOBBY, channel: "#lobby", text: "tea", author: BOB, author_name: "bob~0BRW" };
  expect(JSON.parse((await run(["topic", "lobby", "--json"])).out)).toEqual(topic);
  expect((await run(["topic", "lobby"])).out).toBe("tea\n");
  expect((await run(["topic", "lobby", "--clear"])).err).toContain("no topic");
});

describe("tail", () => {
  const id = "3f2a91bc".padEnd(64, "0");
  const whole = entry({
    id,
    verified: true,
    author: BOB,
    authorName: "bob~0BRW",
    text: "better",
    edited: true,
    ahead: true,
    reactions: [{ text: "👍", authors: ["a", "b", "c", "d"], authorNames: ["ada~3F2A", "cleo~77", "dan~11", "eve~22"], own: true }],
    replyTo: { id: ID, author: "a", authorName: "ada~3F2A", excerpt: 'say "x"' },
  });

  test("shows the short id of a post, and all that is known of it", async () => {
    const deleted = entry({ id, verified: true, text: "", authorName: "bob~0BRW", deleted: true, deletedByName: "@ada" });
    const { out } = await run(["tail", "lobby"], { node: new FakeNode({ history: async () => [whole, deleted, entry()] }) });
    expect(out.replaceAll(/^\d\S+ \S+ /gm, "")).toBe(
      [
        `#lobby 3f2a91bc bob~0BRW to ada~3F2A ("say 'x'") (edited, dated ahead: a clock is wrong): better`,
        "    + 👍 ada~3F2A, cleo~77, dan~11 and 1 more",
        "#lobby 3f2a91bc bob~0BRW: [deleted by @ada]",
        "#lobby ?127.0.0.1:7002: hi",
        "",
      ].join("\n"),
    );
  });

  test("has it in JSON too", async () => {
    const { out } = await run(["tail", "lobby", "--json"], { node: new FakeNode({ history: async () => [whole] }) });
    expect(JSON.parse(out)).toMatchObject({
      edited: true,
      deleted: false,
      deleted_by_name: null,
      ahead: true,
      reactions: [{ text: "👍", authors: ["a", "b", "c", "d"], author_names: ["ada~3F2A", "cleo~77", "dan~11", "eve~22"], own: true }],
      reply_to: { id: ID, author: "a", author_name: "ada~3F2A", excerpt: 'say "x"' },
    });
  });

  test("-f goes on with what is done to posts, of that channel alone", async () => {
    const node = new FakeNode();
    const said = { channelId: LOBBY as never, at: 1, own: false, author: BOB, authorName: "bob~0BRW" };
    const done = { ...said, id, postAuthor: "node-id", postAuthorName: "ada~3F2A", excerpt: "hello" };
    const events: NodeEvent[] = [
      { type: "post-edited", ...done, postAuthor: BOB, text: "one\ntwo" },
      { type: "post-deleted", ...done, channelId: "elsewhere" as never },
      { type: "reaction", ...done, text: "👍", off: true },
      { type: "topic", ...said, text: "tea" },
      { type: "nick", ...said, formerName: "bo~0BRW", nick: "bob", hlc: 1 },
    ];
    const follow = async (...more: string[]) => {
      const asked = node.asked("status").length;
      const running = run(["tail", "lobby", "-f", ...more], { node });
      await expect.poll(() => node.asked("status").length).toBe(asked + 1);
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      for (const event of events) node.emit(event as EventOf<"post">);
      return { running };
    };
    const people = await follow();
    const programs = await follow("--json");
    node.end();
    expect((await people.running).out.replaceAll(/^\d\S+ \S+ /gm, "")).toContain(
      `#lobby 3f2a91bc -- bob~0BRW changed "hello" to: one\n    | two\n#lobby 3f2a91bc -- bob~0BRW took back 👍 from your "hello"\n#lobby -- bob~0BRW set the topic: tea\n#lobby -- bo~0BRW is called bob~0BRW now\n`,
    );
    const { out } = await programs.running;
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    expect(lines.filter(({ kind }) => kind !== "post")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "edit", id, text: "one\ntwo", author: BOB, channel: "#lobby" }),
        expect.objectContaining({ kind: "reaction", id, text: "👍", off: true }),
        expect.objectContaining({ kind: "topic", text: "tea" }),
        expect.objectContaining({ kind: "nick", text: "bob", former_name: "bo~0BRW" }),
      ]),
    );
  });
});
