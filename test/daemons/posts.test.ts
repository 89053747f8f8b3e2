/** What is done to posts, between real daemons of which one is away meanwhile. */
import { afterEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import type { Line, Process } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 60_000 });

const nodes: Node[] = [];
const processes: Process[] = [];
afterEach(async () => {
  for (const process of processes.splice(0)) await process.stop();
  for (const node of nodes.splice(0)) await node.stop();
});

async function nodeAt(listen: string, name: string, peers: readonly string[] = []): Promise<Node> {
  const node = await Node.start({ listen, peers, words: ["--name", name] });
  nodes.push(node);
  return node;
}

test("edits, reactions and deletes made while a node was away are there when it comes back, and stay after a restart", async () => {
  const ada = await nodeAt("127.0.64.1:0", "ada");
  const bob = await nodeAt("127.0.64.2:0", "bob", [ada.udp]);
  for (const node of [ada, bob]) await node.ask("join", "lobby");
  for (const node of [ada, bob])
    await node.askUntil(["members", "lobby"], (members) => members.length === 1 && members[0]?.state === "live");
  const send = async (...words: string[]) => String((await ada.ask("send", "lobby", ...words, "--wait", "delivered"))[0]?.id);
  const [first, second, third] = [await send("hello wrld"), await send("a slip"), await send("are you coming?")];
  expect((await bob.run("stop")).code).toBe(0);
  await bob.process.finished();

  await ada.ask("edit", first.slice(0, 8), "hello", "world");
  await ada.ask("delete", second.slice(0, 8));
  await ada.ask("react", third, "👍");
  await ada.ask("send", "lobby", "--reply", third.slice(0, 12), "never mind");
  await ada.ask("topic", "lobby", "tea");
  await ada.ask("nick", "lady");

  const name = `lady~${String(ada.ready.node_id).slice(0, 4)}`;
  const asItStands = [
    { id: first, text: "hello world", edited: true, deleted: false, author_name: name },
    { id: second, text: "", edited: false, deleted: true, deleted_by_name: name },
    { id: third, text: "are you coming?", reactions: [{ text: "👍", authors: [ada.ready.node_id], author_names: [name], own: false }] },
    { text: "never mind", reply_to: { id: third, author_name: name, excerpt: "are you coming?" } },
  ];
  const settled = (entries: readonly Line[]) =>
    entries.length === 4 && entries[0]?.edited === true && entries[1]?.deleted === true && JSON.stringify(entries[2]?.reactions) !== "[]";
  for (let start = 0; start < 2; start++) {
    const back = bob.begin("start", "--listen", "127.0.64.2:0", "--name", "bob", ...(start === 0 ? ["--peer", ada.udp] : []));
    processes.push(back);
    await back.until("the ready line", (line) => line.ready === true, { withinMs: 20_000 });
    expect(await bob.askUntil(["tail", "lobby"], settled)).toMatchObject(asItStands);
    await bob.askUntil(["topic", "lobby"], ([topic]) => topic?.text === "tea" && topic.author_name === name);
    expect((await bob.run("stop")).code).toBe(0);
    await back.finished();
    if (start === 0) await ada.run("stop"); // what bob has then is on his own disk
  }
});
