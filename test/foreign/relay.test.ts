/** RELAY between peers that know only the seed and a node, each of them once the relay. */
import { afterEach, expect, test } from "vitest";
import { Node } from "./node.ts";
import { Peer } from "./peer.ts";

const ROOM = "c0ffee00-1111-4222-8333-444455556666";
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

test("a node relays between two peers and says who it came from", async () => {
  const [a, b, node] = [await peerAt("127.0.4.2"), await peerAt("127.0.4.3"), await nodeAt("127.0.4.1")];
  for (const peer of [a, b]) {
    peer.know(node.udp);
    await peer.hear("HELLO");
  }
  const message = { msg_type: "MESSAGE", msg_data: { channel_id: ROOM, message: "over you" } };
  a.send(node.udp, "RELAY", { dst: b.endpoint, message });
  const there = await b.hear("RELAY");
  expect(there.from).toBe(node.udp);
  expect(there.msg.msg_data).toEqual({ dst: b.endpoint, src: a.endpoint, message });
  b.send(node.udp, "RELAY", { dst: a.endpoint, src: b.endpoint, message: { msg_type: "ACK" } });
  const back = await a.hear("RELAY");
  expect(back.msg.msg_data).toEqual({ dst: a.endpoint, src: b.endpoint, message: { msg_type: "ACK" } });
  expect(a.heard("ACK")).toHaveLength(0); // the RELAY itself is never acknowledged
});

test("a node takes a relayed message as from its writer and answers over the same relay", async () => {
  const [a, relay] = [await peerAt("127.0.5.2"), await peerAt("127.0.5.3")];
  const node = await nodeAt("127.0.5.1", [relay.endpoint]);
  await relay.hear("HELLO");
  await node.hears(relay.endpoint);
  a.know(relay.endpoint);
  await relay.hear("HELLO", ({ from }) => from === a.endpoint);
  await node.ask("join", ROOM, "--at", relay.endpoint);
  a.send(relay.endpoint, "RELAY", {
    dst: node.udp,
    src: a.endpoint,
    message: { msg_type: "MESSAGE", msg_data: { channel_id: ROOM, message: "round the corner" } },
  });
  const answer = await a.hear("RELAY");
  expect(answer.from).toBe(relay.endpoint);
  expect(answer.msg.msg_data).toMatchObject({ dst: a.endpoint, message: { msg_type: "ACK" } });
  await node.askUntil(["tail", ROOM], (lines) =>
    lines.some(({ text, author }) => text === "round the corner" && String(author).includes(a.endpoint)),
  );
});

test("a node reaches a member that only the relay can reach, and its texts are acknowledged from there", async () => {
  const [far, relay] = [await peerAt("127.0.16.2"), await peerAt("127.0.16.3")];
  const node = await nodeAt("127.0.16.1", [relay.endpoint]);
  await relay.hear("HELLO");
  await node.hears(relay.endpoint);
  far.know(relay.endpoint);
  await relay.hear("HELLO", ({ from }) => from === far.endpoint);
  const reply = (message: object) => far.send(relay.endpoint, "RELAY", { dst: node.udp, src: far.endpoint, message });
  const carrying = (verb: string) =>
    far.hear("RELAY", ({ msg }) => (msg.msg_data?.message as { msg_type?: string } | undefined)?.msg_type === verb);

  await node.ask("join", ROOM, "--at", relay.endpoint);
  await relay.hear("JOIN");
  relay.send(node.udp, "CHANNEL", { channel_id: ROOM, channel: "room", members: [{ address: far.endpoint }] });
  expect((await carrying("HELLO")).msg.msg_data).toMatchObject({ dst: far.endpoint });
  reply({ msg_type: "HELLO" });
  await carrying("JOIN");
  reply({ msg_type: "JOIN", msg_data: { channel_id: ROOM } });
  await node.askUntil(["members", ROOM], (lines) => lines.some(({ endpoint, via }) => endpoint === far.endpoint && via === relay.endpoint));

  const sending = node.ask("send", ROOM, "over the hill", "--wait", "delivered");
  expect((await carrying("MESSAGE")).msg.msg_data?.message).toMatchObject({ msg_data: { channel_id: ROOM, message: "over the hill" } });
  reply({ msg_type: "ACK" });
  expect((await sending)[0]).toMatchObject({ state: "delivered", acked: 2, of: 2 }); // the relay itself is a member too
});
