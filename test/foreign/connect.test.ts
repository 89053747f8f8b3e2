/** CONNECT with a node in each of the three roles, the other two played by peers that know only the seed. */
import { afterEach, expect, test } from "vitest";
import { Node } from "./node.ts";
import { Peer } from "./peer.ts";

const ROOM = "11112222-3333-4444-8555-666677778888";
const running: { stop(): Promise<unknown> }[] = [];

afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

async function peerAt(ip: string): Promise<Peer> {
  const peer = await Peer.start(ip);
  running.push(peer);
  return peer;
}

async function nodeAt(ip: string, peers: string[] = []): Promise<Node> {
  const node = await Node.start({ listen: `${ip}:0`, peers });
  running.push(node);
  return node;
}

test.each([
  { aFrom: "the socket that it offers", bFrom: "the socket that it offers", fresh: true, b_fresh: true },
  { aFrom: "the socket that it offers", bFrom: "its HELLO socket", fresh: true, b_fresh: false },
  { aFrom: "its HELLO socket", bFrom: "its HELLO socket", fresh: false, b_fresh: false },
])("S is a node: A asks from $aFrom and B answers from $bFrom", async ({ fresh, b_fresh }) => {
  const [a, b, s] = [await peerAt("127.0.6.2"), await peerAt("127.0.6.3"), await nodeAt("127.0.6.4")];
  for (const peer of [a, b]) {
    peer.know(s.udp);
    await peer.hear("HELLO");
  }
  b.tell({ do: "set", b_fresh });
  a.tell({ do: "connect", s: s.udp, dst: "127.0.6.3", fresh });
  const { port: aPort } = await a.step("A", 1);
  const offer = await b.hear("CONNECT");
  expect(offer.msg.msg_data).toMatchObject({ dst: `127.0.6.2:${aPort}`, src: "127.0.6.3" });
  const { port: bPort } = await b.step("B", 3);
  const answer = await a.hear("CONNECT");
  expect(answer.msg.msg_data).toMatchObject({ dst: `127.0.6.3:${bPort}`, src: `127.0.6.2:${aPort}` });
  await b.hear("HELLO", ({ from, port }) => from === `127.0.6.2:${aPort}` && port === bPort);
  await a.hear("HELLO", ({ from, port }) => from === `127.0.6.3:${bPort}` && port === aPort);
});

test("B is a node: it opens a socket, greets A from it, offers it to S, and is talked to through it", async () => {
  const [a, s] = [await peerAt("127.0.7.2"), await peerAt("127.0.7.4")];
  const b = await nodeAt("127.0.7.3", [s.endpoint]);
  a.know(s.endpoint);
  await s.hear("HELLO", ({ from }) => from === b.udp);
  await s.hear("HELLO", ({ from }) => from === a.endpoint);
  await b.hears(s.endpoint);
  a.tell({ do: "connect", s: s.endpoint, dst: "127.0.7.3" });
  const { port: aPort } = await a.step("A", 1);
  const reply = await s.hear("CONNECT", ({ from }) => from.startsWith("127.0.7.3:"));
  const offered = String(reply.msg.msg_data?.src);
  expect(reply.msg.msg_data).toMatchObject({ dst: `127.0.7.2:${aPort}`, src: expect.stringMatching(/^\d+$/) });
  expect(reply.from).toBe(`127.0.7.3:${offered}`); // sent from the very socket that it offers
  const path = `127.0.7.3:${offered}`;
  await a.hear("HELLO", ({ from, port }) => from === path && port === aPort, { count: 2 });
  const after = a.lines.length;
  a.send(path, "MESSAGE", { channel_id: ROOM, message: "through the hole" });
  expect((await a.hear("ACK", undefined, { after })).from).toBe(path);
});

test("A is a node: `connect` prints every step, wins a path through its new socket, and the channel works over it", async () => {
  const [b, s] = [await peerAt("127.0.8.3"), await peerAt("127.0.8.4")];
  const a = await nodeAt("127.0.8.2", [s.endpoint]);
  b.know(s.endpoint);
  await s.hear("HELLO", ({ from }) => from === a.udp);
  await s.hear("HELLO", ({ from }) => from === b.endpoint);
  const lines = await a.ask("connect", "127.0.8.3", "--via", s.endpoint);
  const asked = await s.hear("CONNECT", ({ from }) => from.startsWith("127.0.8.2:"));
  const offered = `127.0.8.2:${String(asked.msg.msg_data?.src)}`;
  expect(asked.msg.msg_data).toMatchObject({ dst: "127.0.8.3", src: expect.stringMatching(/^\d+$/) });
  expect(asked.from).toBe(offered);
  const { port: bPort } = await b.step("B", 3);
  expect(lines.map(({ step }) => step).filter(Boolean)).toEqual(["hello", "socket", "asked", "answered", "probing", "direct"]);
  expect(JSON.stringify(lines.at(-1))).toContain(`127.0.8.3:${bPort}`);
  await b.hear("HELLO", ({ from, port }) => from === offered && port === bPort);

  await a.ask("join", ROOM, "--at", `127.0.8.3:${bPort}`);
  expect(await b.hear("JOIN")).toMatchObject({ from: offered, port: bPort });
  b.send(offered, "JOIN", { channel_id: ROOM });
  await a.askUntil(["members", ROOM], (members) => JSON.stringify(members).includes(`127.0.8.3:${bPort}`));
  await a.ask("send", ROOM, "hello through the hole", "--wait", "delivered");
  expect(await b.hear("MESSAGE")).toMatchObject({ from: offered, port: bPort });
});

test("A is a node and S knows no such peer: `connect` fails with a reason code", async () => {
  const s = await peerAt("127.0.9.4");
  const a = await nodeAt("127.0.9.2", [s.endpoint]);
  await s.hear("HELLO", ({ from }) => from === a.udp);
  const { code, lines } = await a.run("connect", "127.0.9.3", "--via", s.endpoint, "--json");
  expect(code).toBe(1);
  expect(JSON.stringify(lines)).toContain("via-silent");
});
