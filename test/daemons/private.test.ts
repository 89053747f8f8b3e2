/** Private channels and talks of two between real daemons, and what lies in their homes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import type { Line } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 90_000 });

const nodes: Node[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function nodeAt(listen: string, name: string, peers: readonly string[] = []): Promise<Node> {
  const node = await Node.start({ listen, peers, words: ["--name", name] });
  nodes.push(node);
  return node;
}

const idOf = (node: Node) => String(node.ready.node_id);
const says = (text: string) => (entries: readonly Line[]) => entries.some((entry) => entry.text === text);

/** All bytes of a home, file by file. */
function filesOf(dir: string): Buffer[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
}

test("a private channel and a talk carry texts, edits and reactions, and no home has any of them to read", async () => {
  const ada = await nodeAt("127.0.65.1:0", "ada");
  const bob = await nodeAt("127.0.65.2:0", "bob", [ada.udp]);
  await ada.ask("contact", "add", idOf(bob), "bob");
  await bob.ask("contact", "add", idOf(ada), "ada");
  const [made] = await ada.ask("create", "attic", "--private");
  const attic = String(made?.channel);
  await ada.ask("grant", attic, "@bob", "member");
  await bob.ask("join", String(made?.link));
  const [sent] = await ada.ask("send", attic, "the moonstone is in the clock");
  const entries = await bob.askUntil(["tail", attic], says("the moonstone is in the clock"));
  expect(entries.at(-1)).toMatchObject({ verified: true, author_name: "@ada" });
  await bob.ask("react", String(sent?.id), "heliotrope");
  await ada.askUntil(["tail", attic], (lines) => JSON.stringify(lines).includes("heliotrope"));
  await ada.ask("edit", String(sent?.id), "the moonstone is in the cupboard");
  const [edited] = await bob.askUntil(["tail", attic], says("the moonstone is in the cupboard"));
  expect(edited).toMatchObject({ edited: true, reactions: [{ text: "heliotrope" }] });
  expect(await bob.ask("search", "moonstone")).toMatchObject([{ text: "the moonstone is in the cupboard", channel: attic }]);

  await ada.ask("send", "@bob", "between you and me");
  await bob.askUntil(["tail", "@ada"], says("between you and me"));
  await bob.ask("send", "@ada", "nobody else heard", "--wait", "delivered");
  expect((await ada.ask("tail", "@bob")).map(({ text }) => text)).toEqual(["between you and me", "nobody else heard"]);
  expect(await ada.ask("channels")).toMatchObject([
    { channel: attic, mode: "private" },
    { channel: "@bob", mode: "dm" },
  ]);
  expect(filesOf(ada.home).length).toBeGreaterThan(2);
  for (const node of [ada, bob])
    for (const bytes of filesOf(node.home))
      for (const text of ["moonstone", "cupboard", "heliotrope", "between you", "nobody else"]) expect(bytes.includes(text)).toBe(false);
});

test("who comes by an invite with history reads all that was said, and who comes by one without only what comes after", async () => {
  const ada = await nodeAt("127.0.66.1:0", "ada");
  const bob = await nodeAt("127.0.66.2:0", "bob", [ada.udp]);
  const [made] = await ada.ask("create", "attic", "--private");
  const attic = String(made?.channel);
  const inviteTo = async (...words: string[]) => String((await ada.ask("invite", attic, ...words))[0]?.link);
  await bob.ask("join", await inviteTo());
  await ada.ask("send", attic, "the stairs are steep");
  await bob.askUntil(["tail", attic], says("the stairs are steep"));
  const [slip] = await bob.ask("send", attic, "mind your head");
  await bob.ask("edit", String(slip?.id), "mind your step");
  const [gone] = await ada.ask("send", attic, "never mind");
  await ada.ask("delete", String(gone?.id));
  await bob.askUntil(["tail", attic], (entries) => entries.at(-1)?.deleted === true);

  const cara = await nodeAt("127.0.66.3:0", "cara", [ada.udp]);
  const [came] = await cara.ask("join", await inviteTo("--history"));
  expect(came).toMatchObject({ role: "member", history: true });
  await cara.askUntil(["tail", attic], (entries) => says("the stairs are steep")(entries) && says("mind your step")(entries));
  const dan = await nodeAt("127.0.66.4:0", "dan", [ada.udp]);
  expect(await dan.ask("join", await inviteTo())).toMatchObject([{ history: false }]);
  await ada.ask("send", attic, "now we are four");
  await dan.askUntil(["tail", attic], says("now we are four"));
  await cara.askUntil(["tail", attic], says("now we are four"));

  const read = async (node: Node) => (await node.ask("tail", attic)).flatMap(({ text, deleted }) => (deleted === true ? [] : [text]));
  expect(await read(cara)).toEqual(["the stairs are steep", "mind your step", "now we are four"]);
  expect(await read(dan)).toEqual(["now we are four"]);
  for (const bytes of filesOf(cara.home)) expect(bytes.includes("steep")).toBe(false);
});
