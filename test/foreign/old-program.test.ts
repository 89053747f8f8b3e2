/** A program older than the seed's last word: it shows a node_id in HELLO, wants one in return and reads ASCII only. */
import { afterEach, expect, test } from "vitest";
import { Node } from "./node.ts";
import { Peer } from "./peer.ts";

const ROOM = "3e5d7c91-0f2b-4a68-b1d4-9c8e7f6a5b40";
const OTHER_ROOM = "3e5d7c91-0f2b-4a68-b1d4-000000000001";
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const running: { stop(): Promise<unknown> }[] = [];

afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

async function oldAt(ip: string): Promise<Peer> {
  const old = await Peer.start(ip, { program: "old_program.py" });
  running.push(old);
  return old;
}

async function nodeAt(listen: string, peers: string[] = [], words: string[] = []): Promise<Node> {
  const node = await Node.start({ listen, peers, words });
  running.push(node);
  return node;
}

test("a HELLO with a node_id is answered in kind, always with the same GUID", async () => {
  const [old, node] = [await oldAt("127.0.11.2"), await nodeAt("127.0.11.1:0")];
  old.know(node.udp);
  await old.until("the node to be online", (line) => line.ev === "online", { count: 3 });
  const ids = new Set(old.all((line) => line.ev === "online").map((line) => line.node_id));
  expect(ids.size).toBe(1);
  expect([...ids][0]).toMatch(GUID);
  const [identity] = await node.ask("id");
  expect(identity?.guid).toBe([...ids][0]);
  await node.askUntil(["peers"], (lines) =>
    lines.some(({ endpoint, node_id }) => endpoint === old.endpoint && node_id === old.lines[0]?.node_id),
  );
});

test("texts that are not ASCII reach it as escapes that it can read", async () => {
  const old = await oldAt("127.0.12.2");
  const node = await nodeAt("127.0.12.1:0", [old.endpoint]);
  old.know(node.udp);
  await old.until("the node to be online", (line) => line.ev === "online");
  await node.ask("join", ROOM);
  old.send(node.udp, "JOIN", { channel_id: ROOM });
  await node.askUntil(["members", ROOM], (lines) => JSON.stringify(lines).includes(old.endpoint));
  await node.ask("send", ROOM, "Grüße 🐍", "--wait", "delivered");
  expect((await old.hear("MESSAGE")).msg.msg_data).toMatchObject({ channel_id: ROOM, message: "Grüße 🐍" });
  expect(old.all((line) => line.ev === "garbled")).toEqual([]);
});

test("under --compat node-id a configured peer is shown the node_id first, and no verb that it has not shown", async () => {
  const old = await oldAt("127.0.13.2");
  const node = await nodeAt("127.0.13.1:0", [old.endpoint], ["--compat", "node-id"]);
  await old.until("the node to be online, before a word of its own", (line) => line.ev === "online");
  old.know(node.udp);
  await node.ask("join", ROOM, "--at", old.endpoint);
  await old.hear("HELLO", undefined, { count: 4 });
  expect(new Set(old.all((line) => line.ev === "got").map((line) => (line.msg as { msg_type: string }).msg_type))).toEqual(
    new Set(["HELLO"]),
  );
  old.send(node.udp, "JOIN", { channel_id: ROOM });
  await node.askUntil(["members", ROOM], (lines) => JSON.stringify(lines).includes(old.endpoint));
  await node.ask("join", OTHER_ROOM, "--at", old.endpoint);
  await old.hear("JOIN", ({ msg }) => msg.msg_data?.channel_id === OTHER_ROOM); // it has shown the verb, so now it hears it
});
