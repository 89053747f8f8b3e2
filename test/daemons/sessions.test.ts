/** Sessions between real daemons: what only processes, sockets and signals can show. */
import { afterEach, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import type { Line } from "../foreign/process.ts";

vi.setConfig({ testTimeout: 90_000 });

/** Beyond it a node knows that it slept; a laptop's lid is closed for longer. */
const SLEEP_MS = 4_500;
const ROOM = "9b1f0a52-3c4d-4e5f-8a6b-7c8d9e0f1a2b";

const nodes: Node[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function nodeAt(listen: string, peers: readonly string[] = []): Promise<Node> {
  const node = await Node.start({ listen, peers });
  nodes.push(node);
  return node;
}

const isFull = (peer: Line) => peer.kind === "full" && peer.live === true;

/** Two nodes in one channel that hold a session; `a` has configured `b`. */
async function pairAt(a: string, b: string): Promise<{ a: Node; b: Node }> {
  const second = await nodeAt(b);
  const first = await nodeAt(a, [second.udp]);
  for (const node of [second, first]) await node.ask("join", ROOM);
  for (const node of [second, first])
    await node.askUntil(["members", ROOM], (members) => members.length === 1 && members[0]?.state === "live");
  return { a: first, b: second };
}

async function texts(node: Node): Promise<unknown[]> {
  return (await node.ask("tail", ROOM)).map(({ text }) => text);
}

test("two daemons know each other by their keys, and a text is on both disks when it is delivered", async () => {
  const { a, b } = await pairAt("127.0.61.1:0", "127.0.61.2:0");
  expect(await a.ask("peers")).toMatchObject([{ id: b.ready.node_id, kind: "full", live: true }]);
  expect(await b.ask("peers")).toMatchObject([{ id: a.ready.node_id, kind: "full", live: true }]);
  await a.ask("send", ROOM, "hello", "--wait", "delivered");
  expect(await b.ask("tail", ROOM)).toMatchObject([{ text: "hello", author: a.ready.node_id, verified: true }]);
});

test("over IPv6 it is the same", async () => {
  const { a, b } = await pairAt("[::1]:0", "[::1]:0");
  await b.ask("send", ROOM, "hello", "--wait", "delivered");
  expect(await texts(a)).toEqual(["hello"]);
  expect(await a.ask("peers")).toMatchObject([{ kind: "full", endpoint: b.udp }]);
});

test("a node that slept has its sessions back by itself, and gets what was said meanwhile", async () => {
  const { a, b } = await pairAt("127.0.62.1:0", "127.0.62.2:0");
  await a.ask("send", ROOM, "before", "--wait", "delivered");
  const pid = Number(b.ready.pid);
  process.kill(pid, "SIGSTOP");
  await a.ask("send", ROOM, "while you slept");
  await new Promise((resolve) => setTimeout(resolve, SLEEP_MS)); // a real sleep is what is tested
  process.kill(pid, "SIGCONT");
  await b.askUntil(["tail", ROOM], (entries) => entries.length === 2);
  expect(await texts(b)).toEqual(["before", "while you slept"]);
  await b.ask("send", ROOM, "good morning", "--wait", "delivered");
  expect(await a.ask("peers")).toMatchObject([{ id: b.ready.node_id, kind: "full", live: true }]);
});

test("a node that was killed and started again is met again, with a new session", async () => {
  const { a, b } = await pairAt("127.0.63.1:0", "127.0.63.2:7710");
  process.kill(Number(b.ready.pid), "SIGKILL");
  await b.process.finished().catch(() => {});
  const again = await Node.start({ listen: "127.0.63.2:7710" });
  nodes.push(again);
  expect(again.ready.node_id).not.toBe(b.ready.node_id); // a home of its own: another node at the same endpoint
  await a.askUntil(["peers"], (peers) => peers.some((peer) => peer.id === again.ready.node_id && isFull(peer)), 30_000);
});
