/** Two who are never there together talk by a third's daemon, in whose home nothing of it can be read. PROTOCOL.md §22. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import type { Line } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 120_000 });

const nodes: Node[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function nodeAt(listen: string, name: string, peers: readonly string[], words: readonly string[] = [], home?: string): Promise<Node> {
  const node = await Node.start({ listen, peers, words: ["--name", name, ...words], ...(home === undefined ? {} : { home }) });
  nodes.push(node);
  return node;
}

const idOf = (node: Node) => String(node.ready.node_id);
const says = (text: string) => (entries: readonly Line[]) => entries.some((entry) => entry.text === text);

test("what ada says while bob is away is there when he comes, though she is gone by then", async () => {
  const mia = await nodeAt("127.0.66.3:0", "mia", [], ["--mailbox", "on"]);
  const ada = await nodeAt("127.0.66.1:0", "ada", [mia.udp]);
  const bob = await nodeAt("127.0.66.2:0", "bob", [mia.udp, ada.udp]);
  await bob.ask("contact", "add", idOf(mia), "mia");
  await bob.ask("contact", "add", idOf(ada), "ada");
  await mia.ask("contact", "add", idOf(bob), "bob");
  await ada.ask("contact", "add", idOf(bob), "bob");
  await ada.ask("send", "@bob", "are you there?");
  await bob.askUntil(["tail", "@ada"], says("are you there?"));
  await bob.ask("mailbox", "add", "@mia");
  await bob.askUntil(["mailbox"], ([view]) => JSON.stringify(view?.own).includes('"keeps":true'));
  await bob.ask("send", "@ada", "yes", "--wait", "delivered");
  await bob.end();

  await ada.ask("send", "@bob", "the moonstone is in the clock");
  await mia.askUntil(["mailbox"], ([view]) => Number(view?.parcels) > 0);
  await ada.askUntil(["status"], () => true);
  await vi.waitFor(async () => expect(Number((await mia.ask("mailbox"))[0]?.parcels)).toBeGreaterThan(1), {
    timeout: 30_000,
    interval: 250,
  });
  await ada.end();

  const back = await nodeAt("127.0.66.2:0", "bob", [mia.udp], [], bob.home);
  await back.askUntil(["tail", "@ada"], says("the moonstone is in the clock"));
  await mia.askUntil(["mailbox"], ([view]) => view?.parcels === 0);
  for (const name of readdirSync(mia.home, { recursive: true, encoding: "utf8" })) {
    const path = join(mia.home, name);
    if (statSync(path).isFile()) expect(readFileSync(path).includes("moonstone"), name).toBe(false);
  }
});

test("`send --wait held` between two members who are never there together ends when the mailbox has it, and says at once where nobody would", async () => {
  const mia = await nodeAt("127.0.67.3:0", "mia", [], ["--mailbox", "on"]);
  const carl = await nodeAt("127.0.67.4:0", "carl", [mia.udp]);
  const [made] = await carl.ask("create", "attic", "--private");
  const [attic, link] = [String(made?.channel), String(made?.link)];

  const first = await nodeAt("127.0.67.1:0", "ada", [mia.udp, carl.udp]);
  await carl.ask("grant", attic, idOf(first), "member");
  await first.ask("join", link);
  await carl.askUntil(["members", attic], (lines) => lines.some(({ node_id, state }) => node_id === idOf(first) && state === "live"));
  await first.end();

  const bob = await nodeAt("127.0.67.2:0", "bob", [mia.udp, carl.udp]);
  await mia.ask("contact", "add", idOf(bob), "bob");
  await bob.ask("contact", "add", idOf(mia), "mia");
  await carl.ask("grant", attic, idOf(bob), "member");
  await bob.ask("join", link);
  await bob.askUntil(["members", attic], (lines) => lines.some(({ node_id, state }) => node_id === idOf(carl) && state === "live"));
  await bob.ask("mailbox", "add", "@mia");
  await bob.askUntil(["mailbox"], ([view]) => JSON.stringify(view?.own).includes('"keeps":true'));
  await bob.ask("send", attic, "I have a mailbox now", "--wait", "delivered");
  await bob.end();

  const ada = await nodeAt("127.0.67.1:0", "ada", [mia.udp, carl.udp], [], first.home);
  await ada.ask("join", "lobby");
  const open = await ada.run("send", "lobby", "x", "--wait", "held", "--json");
  expect({ code: open.code, lines: open.lines }).toEqual({ code: 1, lines: [] });
  expect(JSON.parse(open.errors)).toMatchObject({ error: "no-mailbox" });
  await ada.askUntil(["tail", attic], says("I have a mailbox now"));
  const begun = performance.now();
  const [held] = await ada.ask("send", attic, "the moonstone is in the clock", "--wait", "held");
  expect(held).toMatchObject({ state: "held", held: [{ node_id: idOf(bob), by: idOf(mia) }] });
  console.log(`held after ${Math.round(performance.now() - begun)} ms`);
  await ada.end();
  await carl.end();

  const back = await nodeAt("127.0.67.2:0", "bob", [mia.udp], [], bob.home);
  await back.askUntil(["tail", attic], says("the moonstone is in the clock"));

  // Nobody is there any more, and Ada has no mailbox.
  await mia.end();
  const alone = await back.run("send", attic, "who hears this?", "--wait", "held", "--json");
  expect(alone.code).toBe(1);
  expect(JSON.parse(alone.errors)).toMatchObject({ error: "no-mailbox" });
  expect((await back.ask("tail", attic)).some(({ text }) => text === "who hears this?")).toBe(false);
});
