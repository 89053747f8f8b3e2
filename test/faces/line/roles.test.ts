/** What the chat says of roles, and what a person does about them. */
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import type { Api } from "../../../src/app/api.ts";
import { chat } from "../../../src/faces/line/index.ts";
import { moderationLine } from "../../../src/faces/line/moderation-lines.ts";
import type { EventOf, NodeEvent } from "../../../src/faces/shared/door.ts";
import { BOB, channel, doorsTo, entry, FakeNode, LOBBY, member, STATUS } from "../fake-node.ts";
import { FakeClock } from "./fake-clock.ts";

const ME = STATUS.nodeId;
const ADA = "3F2A".padEnd(52, "0");
const GARDEN = channel({ name: "garden@3f2a", mode: "open", owner: ADA, ownerName: "ada~3F2A", others: "member", role: "member" });

function role(changes: Partial<EventOf<"role">> = {}): EventOf<"role"> {
  const said = { channelId: LOBBY as never, node: BOB as never, nodeName: "bob~0BRW", by: ADA as never, byName: "ada~3F2A", at: 1_000 };
  return {
    type: "role",
    ...said,
    role: "none",
    before: "member",
    banned: false,
    invitedBy: null,
    inviterName: null,
    history: false,
    ...changes,
  };
}

/** The chat, in the channel of somebody else's. */
async function talking(answers: Partial<Api> = {}) {
  const node = new FakeNode({ channels: async () => [GARDEN], ...answers });
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const options = { home: undefined, listen: undefined, peers: [], name: undefined, passphraseFile: undefined, caFile: undefined };
  const streams = { input, output, terminal: false, colour: false };
  const code = chat({ ...options, compatNodeId: false, rendezvous: false }, streams, doorsTo(node), new FakeClock());
  onTestFinished(async () => {
    input.end();
    await code;
  });
  const shows = async (words: string) => expect.poll(() => shown, { message: `to show ${words}` }).toContain(words);
  await shows("you are in #garden@3f2a");
  const type = (...lines: string[]) => input.write(lines.map((line) => `${line}\n`).join(""));
  return { node, shows, shown: () => shown, type, emit: (event: NodeEvent) => node.emit(event) };
}

test.each([
  [{}, "bob~0BRW was removed from #garden by ada~3F2A"],
  [{ banned: true, by: ME as never, byName: "ada" }, "bob~0BRW was banned from #garden by you"],
  [{ node: ME as never }, "you were removed from #garden by ada~3F2A: what you say there now counts nowhere"],
  [{ node: ME as never, role: "admin" }, "you are an admin of #garden from now on, made so by ada~3F2A"],
  [{ role: "reader", by: null, byName: null }, "bob~0BRW is a reader of #garden from now on"],
  [
    { role: "member", before: "none", invitedBy: ADA as never, inviterName: "ada~3F2A" },
    "bob~0BRW joined #garden by ada~3F2A's invite, and is a member there",
  ],
  [
    { role: "member", before: "none", invitedBy: ADA as never, inviterName: "ada~3F2A", history: true },
    "bob~0BRW joined #garden by ada~3F2A's invite, and is a member there and may read what was said before",
  ],
  [{ role: "member", before: "member", history: true }, "bob~0BRW may read what was said in #garden before from now on, let by ada~3F2A"],
  [
    { role: "member", before: "none", invitedBy: ADA as never, inviterName: "ada~3F2A", by: ME as never },
    "bob~0BRW joined #garden by ada~3F2A's invite, let in by you, and is a member there",
  ],
] as [Partial<EventOf<"role">>, string][])("%j is said as: %s", (changes, words) => {
  expect(moderationLine(role(changes), "#garden", ME, 2_000)).toBe(words);
});

test("of others what happened long ago is no news; of oneself it is", () => {
  expect(moderationLine(role(), "#garden", ME, 3_600_000)).toBeNull();
  expect(moderationLine(role({ node: ME as never }), "#garden", ME, 3_600_000)).toContain("you were removed");
});

test("whose a channel is, and what its name is, is told when it is known", async () => {
  const { emit, shows } = await talking();
  emit({
    type: "charter",
    channelId: LOBBY as never,
    owner: ADA as never,
    ownerName: "ada~3F2A",
    called: "meadow@3f2a",
    others: "reader",
  });
  await shows("-- this is #meadow@3f2a: ada~3F2A owns it; only those write in it to whom that was given");
});

test("roles are given, taken and listed for the channel in view, by its short name too", async () => {
  const absent = member({ nodeId: BOB, name: "bob~0BRW", endpoint: null, state: "away", role: "none", banned: true });
  const { node, type, shows } = await talking({ members: async () => [absent] });
  type("/grant bob~0BRW admin", "/revoke bob~0BRW", "/kick bob~0BRW", "/ban bob~0BRW", "/unban bob~0BRW", "/grant bob~0BRW boss", "/kick");
  await shows("/kick wants a name");
  const request = { channel: "#garden@3f2a", node: "bob~0BRW" };
  expect(node.asked("grant")).toEqual([{ ...request, role: "admin" }]);
  for (const act of ["revoke", "kick", "ban", "unban"] as const) expect(node.asked(act)).toEqual([request]);
  type("/members garden");
  await shows("In #garden@3f2a you are a member; besides you:\n  bob~0BRW  banned\n");
});

test("a channel of one's own is made, looked at, and told how others come in", async () => {
  const { node, type, shows } = await talking();
  type("/create news readers");
  await shows("  /join news@3f2a");
  expect(node.asked("create")).toEqual([{ name: "news", readers: true }]);
});

test("a sealed channel is made, and told who has to be let in first", async () => {
  const { node, type, shows } = await talking();
  type("/create news private");
  await shows("it is yours, and sealed. Give others a role first (/grant NAME member)");
  expect(node.asked("create")).toEqual([{ name: "news", private: true }]);
});

test("a talk with a contact is joined, looked at and spoken in by its name", async () => {
  const { node, type, shows } = await talking({ join: async () => ({ channelId: "7".repeat(36), name: "@bob" }) });
  type("/join @bob", "hello", "/who @bob");
  await shows("you are in @bob; here:");
  expect(node.asked("join")).toEqual([{ channel: "@bob" }]);
  expect(node.asked("send")).toMatchObject([{ channel: "@bob", text: "hello" }]);
  type("/switch garden", "/join @bobby");
  await expect.poll(() => node.asked("join")).toEqual([{ channel: "@bob" }, { channel: "@bobby" }]);
});

test("who wants to talk and is no contact is told, listed, and taken up", async () => {
  const { node, type, shows, emit } = await talking();
  emit({ type: "request", peer: BOB as never, name: "bob~0BRW" });
  await shows("-- bob~0BRW wants to talk with you: /accept bob~0BRW, or /block bob~0BRW; until then what they say waits with them");
  type("/requests", "/accept bob~0BRW");
  await shows("  bob~0BRW\n");
  await shows("you are in @bob~0BRW");
  expect(node.asked("accept")).toEqual([{ node: "bob~0BRW" }]);
});

test("what a muted one says is folded, in the past and now; whom one blocked is named in a list", async () => {
  const { type, emit, shows, shown } = await talking({
    history: async () => [entry({ author: BOB, authorName: "bob~0BRW", text: "from the past", verified: true, muted: true })],
  });
  const said = { id: "ab".repeat(32), channelId: LOBBY as never, at: 1, own: false, verified: true, kept: true };
  emit({ type: "post", ...said, author: BOB, authorName: "bob~0BRW", text: "from now", muted: true });
  const done = { channelId: LOBBY as never, id: "ab".repeat(32), at: 2, own: false, author: BOB, authorName: "bob~0BRW" };
  emit({ type: "post-edited", ...done, postAuthor: BOB, postAuthorName: "bob~0BRW", excerpt: "x", text: "from an edit", quiet: "muted" });
  await shows("bob~0BRW: (muted)\n");
  expect(shown()).not.toContain("from ");
  type("/mute bob~0BRW", "/block bob~0BRW", "/unblock bob~0BRW", "/block");
  await shows("-- what bob~0BRW says is folded from now on, for you only; /unmute bob~0BRW undoes it");
  await shows("-- what bob~0BRW says is not shown from now on");
  await shows("-- what bob~0BRW says is shown again");
  await shows("  bob~0BRW  muted\n");
});

test("whom one does not want to hear comes and goes without a word", async () => {
  const { emit, shows, shown } = await talking();
  emit({
    type: "session-up",
    peer: BOB,
    name: "bob~0BRW",
    nick: "bob",
    endpoint: "127.0.0.1:7002" as never,
    path: "direct",
    quiet: "blocked",
  });
  emit(role({ at: Number.MAX_SAFE_INTEGER }));
  await shows("was removed");
  expect(shown()).not.toContain("bob~0BRW is here");
});
