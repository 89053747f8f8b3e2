/** What people do with posts, at the door of real nodes: checked, carried out, told of, and found in the history. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Api, type ApiError, createNode, type RunningNode } from "../../src/app/index.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };
const ROOM = { channel: "9b1f0a52-3c4d-4e5f-8a6b-7c8d9e0f1a2b" };

/** Two nodes in #lobby, with names. */
async function talking(): Promise<{ ada: RunningNode; bob: RunningNode }> {
  const ada = await running({ name: "ada" });
  const bob = await running({ name: "bob", peers: [ada.udp] });
  await pairIn("#lobby", ada, bob);
  return { ada, bob };
}

async function says(author: RunningNode, reader: RunningNode, text: string): Promise<string> {
  const came = next(reader, "post", (post) => post.text === text);
  const { id } = await author.send({ ...LOBBY, text });
  await came;
  return id;
}

describe("what is done to a post", () => {
  test("is in the history of both, as it stands now", async () => {
    const { ada, bob } = await talking();
    const first = await says(ada, bob, "hello wrld");
    const gone = await says(ada, bob, "a slip");
    const came = [next(bob, "post-edited"), next(bob, "post-deleted"), next(ada, "reaction"), next(ada, "post", ({ own }) => !own)];
    const edited = await ada.edit({ id: first.slice(0, 6), text: "hello world" });
    expect(edited).toMatchObject({ post: first, state: "saved", of: 1 });
    expect(await ada.delete({ id: gone })).toMatchObject({ post: gone });
    expect(await bob.react({ id: first.slice(0, 10), text: "👍", wait: "delivered" })).toMatchObject({ state: "delivered", acked: 1 });
    await bob.send({ ...LOBBY, text: "good morning", reply: first.slice(0, 8) });
    const [edit, , reaction, answer] = await Promise.all(came);
    const adaName = `ada~${ada.nodeId.slice(0, 4)}`;
    const bobName = `bob~${bob.nodeId.slice(0, 4)}`;
    expect(edit).toMatchObject({
      id: first,
      text: "hello world",
      excerpt: "hello wrld",
      authorName: adaName,
      postAuthorName: adaName,
      own: false,
    });
    expect(reaction).toMatchObject({ id: first, text: "👍", authorName: bobName, off: false });
    const replyTo = { id: first, author: ada.nodeId, authorName: adaName, excerpt: "hello world" };
    expect(answer).toMatchObject({ shown: { replyTo } });
    for (const node of [ada, bob]) {
      const plain = { edited: false, deleted: false, deletedByName: null, reactions: [], replyTo: null, ahead: false };
      const reactions = [{ text: "👍", authors: [bob.nodeId], authorNames: [bobName], own: node === bob }];
      expect(await node.history(LOBBY)).toMatchObject([
        { ...plain, id: first, text: "hello world", edited: true, reactions },
        { ...plain, id: gone, text: "", deleted: true, deletedByName: adaName },
        { ...plain, text: "good morning", replyTo, authorName: bobName },
      ]);
      expect(await node.history({ ...LOBBY, since: gone.slice(0, 6) })).toMatchObject([{ text: "good morning" }]);
    }
    await bob.react({ id: first, text: "👍", off: true });
    expect(await bob.history({ ...LOBBY, most: 3 })).toMatchObject([{ reactions: [] }, {}, {}]);
  });

  test("needs a post that is here, is one's own where it changes that, and is signed", async () => {
    const { ada, bob } = await talking();
    const theirs = await says(ada, bob, "mine");
    const code = (act: Promise<unknown>) =>
      act.then(
        () => "done",
        (error: unknown) => (error as ApiError).code,
      );
    expect(await code(bob.edit({ id: theirs, text: "x" }))).toBe("not-your-post");
    expect(await code(bob.delete({ id: theirs }))).toBe("not-your-post");
    expect(await code(ada.edit({ id: "abcdef", text: "x" }))).toBe("no-such-post");
    await ada.delete({ id: theirs });
    expect(await code(ada.edit({ id: theirs, text: "x" }))).toBe("no-such-post");
    expect(await code(ada.react({ id: theirs, text: "+" }))).toBe("no-such-post");
    await ada.join(ROOM);
    const bare = await ada.send({ ...ROOM, text: "unsigned" });
    for (const act of [ada.edit({ id: bare.id, text: "x" }), ada.react({ id: bare.id, text: "+" }), ada.topic({ ...ROOM, text: "x" })])
      expect(await code(act)).toBe("bare-channel");
    expect(await code(ada.send({ ...ROOM, text: "x", reply: bare.id }))).toBe("bare-channel");
    const own = await ada.send({ ...LOBBY, text: "still here" });
    expect(await code(ada.send({ ...ROOM, text: "x", reply: own.id }))).toBe("usage");
    await ada.leave(LOBBY);
    expect(await code(ada.edit({ id: own.id, text: "x" }))).toBe("no-such-channel");
  });

  test.each<[keyof Api, object, string, string]>([
    ["edit", { id: "abcde", text: "x" }, "usage", "first 6 digits"],
    ["edit", { id: "ghijkl", text: "x" }, "usage", "no id"],
    ["edit", { id: "abcdef", text: "" }, "usage", "empty"],
    ["edit", { id: "abcdef", text: "x".repeat(70_000) }, "too-long", "too long|parts"],
    ["edit", { text: "x" }, "usage", "id"],
    ["delete", { id: 7 }, "usage", "id"],
    ["react", { id: "abcdef", text: " " }, "usage", "emoji"],
    ["react", { id: "abcdef", text: "two words" }, "usage", "emoji"],
    ["react", { id: "abcdef", text: "é".repeat(33) }, "too-long", "64 bytes"],
    ["react", { id: "abcdef", text: "+", off: 1 }, "usage", "off"],
    ["react", { id: "abcdef", text: "+", wait: "held" }, "no-such-post|usage", ""],
    ["topic", { ...LOBBY, text: "two\nlines" }, "usage", "one line"],
    ["topic", { ...LOBBY, text: "x".repeat(513) }, "too-long", "512"],
    ["nick", { name: " " }, "usage", "name"],
    ["nick", { name: "é".repeat(40) }, "usage", "64"],
    ["nick", { name: "a\nb" }, "usage", "control"],
    ["send", { ...LOBBY, text: "x", reply: "abcdef" }, "no-such-post", "tail"],
  ])("%s %j is refused: %s", async (command, request, code, words) => {
    const node = await running();
    await node.join(LOBBY);
    const call = node[command] as unknown as (request: unknown) => Promise<unknown>;
    await expect(call.call(node, request)).rejects.toMatchObject({
      code: expect.stringMatching(new RegExp(`^(${code})$`)),
      message: expect.stringMatching(new RegExp(words)),
    });
  });

  test("is refused when several posts may be meant, with what would tell them apart", async () => {
    const store = openMemoryStore();
    const named = store.named.bind(store);
    store.named = (prefix, most) => (prefix === "aaaaaa" ? named("", most) : named(prefix, most)); // as if all ids began so
    const node = await createNode({ home: directory(), listen: "127.0.0.1:0" }, { openStore: async () => store });
    onTestFinished(async () => void (await node.stop()));
    await node.join(LOBBY);
    const { id } = await node.send({ ...LOBBY, text: "one" });
    await node.send({ ...LOBBY, text: "two" });
    const refused = expect(node.react({ id: "aaaaaa", text: "+" })).rejects;
    await refused.toMatchObject({ code: "usage", message: expect.stringContaining(`may be ${id.slice(0, 10)} or `) });
    expect(await node.react({ id: id.toUpperCase(), text: "+" })).toMatchObject({ post: id });
  });
});

describe("names", () => {
  test("a topic is told to all, and is there after a while", async () => {
    const { ada, bob } = await talking();
    expect(await ada.topic(LOBBY)).toMatchObject({ channel: "#lobby", text: null, author: null, authorName: null });
    const told = next(bob, "topic");
    const authorName = `ada~${ada.nodeId.slice(0, 4)}`;
    expect(await ada.topic({ ...LOBBY, text: " tea and cake " })).toMatchObject({ text: "tea and cake", author: ada.nodeId, authorName });
    expect(await told).toMatchObject({ text: "tea and cake", authorName });
    expect(await bob.topic(LOBBY)).toMatchObject({ text: "tea and cake", authorName });
    expect(await bob.channels()).toMatchObject([{ topic: "tea and cake" }]);
    await bob.topic({ ...LOBBY, text: "" });
    expect(await bob.topic(LOBBY)).toMatchObject({ text: null });
  });

  test("a node is called by its last nick by those who never met it", async () => {
    const home = directory();
    const ada = await createNode({ home, listen: "127.0.0.1:0", name: "ada" });
    const bob = await running({ peers: [ada.udp] });
    await pairIn("#lobby", ada, bob);
    await says(ada, bob, "hello");
    const told = next(bob, "nick", ({ nick }) => nick === "lady ada");
    expect(await ada.nick({ name: "lady ada" })).toEqual({
      name: "lady ada",
      shownAs: `lady_ada~${ada.nodeId.slice(0, 4)}`,
      channels: ["#lobby"],
    });
    expect(await told).toMatchObject({ formerName: `ada~${ada.nodeId.slice(0, 4)}`, authorName: `lady_ada~${ada.nodeId.slice(0, 4)}` });
    expect(await ada.nick({})).toMatchObject({ name: "lady ada", channels: [] });
    await ada.stop();
    const cleo = await running({ peers: [bob.udp] });
    const come = next(cleo, "post");
    await cleo.join(LOBBY);
    await come;
    await vi.waitFor(
      async () => expect(await cleo.history(LOBBY)).toMatchObject([{ authorName: `lady_ada~${ada.nodeId.slice(0, 4)}` }]),
      5_000,
    );

    const again = await createNode({ home, listen: "127.0.0.1:0" });
    onTestFinished(async () => void (await again.stop()));
    expect(await again.status()).toMatchObject({ name: "lady ada", shownAs: `lady_ada~${ada.nodeId.slice(0, 4)}` });
    expect(await again.channels()).toMatchObject([{ name: "lobby" }]);
  });

  test("a nick is said once in a channel, before the first thing that is written there, and by nobody who has none", async () => {
    const { ada, bob } = await talking();
    const nicks: string[] = [];
    bob.subscribe((event) => event.type === "nick" && nicks.push(event.nick));
    await says(ada, bob, "one");
    await says(ada, bob, "two");
    expect(nicks).toEqual(["ada"]);
    const nameless = await running({ peers: [ada.udp] });
    nameless.subscribe((event) => event.type === "nick" && event.own && nicks.push("mine"));
    await nameless.join(LOBBY);
    await nameless.send({ ...LOBBY, text: "who am I?" });
    expect(nicks).toEqual(["ada"]);
  });
});
