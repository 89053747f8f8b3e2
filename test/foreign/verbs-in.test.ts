/** A seed-only peer says every verb to a node that has it configured. PROTOCOL.md "Verbs". */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Node } from "./node.ts";
import { Peer } from "./peer.ts";

const ROOM = "5f1c2b1e-3d47-4c8f-9a51-0c5d1f8b7a10";
const ELSEWHERE = "0d9be3f2-7a64-4b0e-8f1d-63a2c4e5b6a7";

describe("a peer that knows only the seed, towards a node", () => {
  let peer: Peer;
  let other: Peer;
  let node: Node;

  beforeAll(async () => {
    peer = await Peer.start("127.0.2.2");
    other = await Peer.start("127.0.2.3");
    node = await Node.start({ listen: "127.0.2.1:0", peers: [peer.endpoint, other.endpoint] });
    for (const each of [peer, other]) {
      each.know(node.udp);
      await each.hear("HELLO");
    }
    await node.ask("join", ROOM);
  });

  afterAll(async () => {
    await node?.stop();
    await peer?.stop();
    await other?.stop();
  });

  test("hears HELLO from it every 0.5 to 2 s, without msg_data", async () => {
    await peer.hear("HELLO", undefined, { count: 5 });
    const heard = peer.heard("HELLO");
    for (const { msg } of heard) expect(msg).toEqual({ msg_type: "HELLO" });
    const times = heard.map((each) => (each as unknown as { t: number }).t);
    for (const [at, time] of times.slice(1).entries()) {
      expect(time - (times[at] ?? 0)).toBeGreaterThan(0.4);
      expect(time - (times[at] ?? 0)).toBeLessThan(2.2);
    }
  });

  test.each([
    ["GETCERTIFICATE", undefined],
    ["CERTIFICATE", { certificate: Buffer.from("any bytes").toString("base64") }],
    ["GETKEY", { channel_id: ROOM }],
    ["KEY", { channel_id: ROOM, cipher: "aes-256-gcm", key: "c2VjcmV0" }],
    ["MESSAGE", { channel_id: ROOM, message: "acknowledge this" }],
    ["MESSAGE", { channel_id: ELSEWHERE.toUpperCase(), message: "and this, in a channel that nobody joined" }],
  ])("gets exactly one ACK for %s within a second", async (verb, data) => {
    const after = peer.lines.length;
    peer.send(node.udp, verb, data);
    const ack = await peer.hear("ACK", undefined, { after, withinMs: 1_000 });
    expect(ack.msg).toEqual({ msg_type: "ACK" });
    expect(ack.from).toBe(node.udp);
    await fence(after);
    expect(peer.heard("ACK", after)).toHaveLength(2); // the verb's and the fence's
  });

  test("gets no ACK for any other verb, nor for one that is not well formed", async () => {
    const after = peer.lines.length;
    peer.send(node.udp, "HELLO");
    peer.send(node.udp, "ACK");
    peer.send(node.udp, "JOIN", { channel_id: ROOM });
    peer.send(node.udp, "CHANNEL", { channel_id: ROOM, channel: "room", members: [{ address: peer.endpoint }] });
    peer.send(node.udp, "LEAVE", { channel_id: ROOM });
    peer.send(node.udp, "ROUTING", { nodes: [{ address: other.endpoint }] });
    peer.send(node.udp, "RELAY", { dst: other.endpoint, message: { msg_type: "HELLO" } });
    peer.send(node.udp, "CONNECT", { dst: "127.0.2.3", src: "4000" });
    peer.send(node.udp, "MESSAGE", { channel_id: "not a guid", message: "" });
    peer.send(node.udp, "MESSAGE", { channel_id: ROOM, message: 5 });
    peer.send(node.udp, "MESSAGE");
    peer.send(node.udp, "message", { channel_id: ROOM, message: "lower case is another verb" });
    peer.tell({ do: "send", to: node.udp, text: '{"msg_type":"MESSAGE"' });
    await fence(after);
    expect(peer.heard("ACK", after)).toHaveLength(1); // the fence's
  });

  test("asks for the certificate and gets one that openssl reads and that `id` shows", async () => {
    const after = peer.lines.length;
    peer.send(node.udp, "GETCERTIFICATE");
    const { msg } = await peer.hear("CERTIFICATE", undefined, { after });
    const der = Buffer.from(String(msg.msg_data?.certificate), "base64");
    const printed = execFileSync("openssl", ["x509", "-inform", "der", "-noout", "-text"], { input: der, encoding: "utf8" });
    expect(printed).toContain("ED25519");
    const [identity] = await node.ask("id");
    expect(createHash("sha256").update(der).digest("hex")).toBe(String(identity?.fingerprint).replaceAll(":", "").toLowerCase());
  });

  test("is put on the members of a channel by JOIN, is told of it by CHANNEL, and taken off by LEAVE", async () => {
    const here = (lines: readonly unknown[]) => JSON.stringify(lines).includes(peer.endpoint);
    const after = peer.lines.length;
    peer.send(node.udp, "JOIN", { channel_id: ROOM });
    const { msg } = await peer.hear("CHANNEL", undefined, { after });
    expect(msg.msg_data).toMatchObject({ channel_id: ROOM, channel: expect.any(String), members: expect.any(Array) });
    await node.askUntil(["members", ROOM], here);
    peer.send(node.udp, "LEAVE", { channel_id: ROOM });
    await node.askUntil(["members", ROOM], (lines) => !here(lines));
  });

  test("tells its texts, which are shown with its endpoint and as unverified", async () => {
    peer.send(node.udp, "MESSAGE", { channel_id: ROOM, message: "Grüße aus Python 🐍" });
    const lines = await node.askUntil(["tail", ROOM, "-n", "20"], (all) => all.some(({ text }) => text === "Grüße aus Python 🐍"));
    expect(lines.at(-1)).toMatchObject({ text: "Grüße aus Python 🐍", author: peer.endpoint, verified: false });
  });

  test("tells whom it can reach by ROUTING, and `routes` says so", async () => {
    peer.send(node.udp, "ROUTING", { nodes: [{ address: "127.0.2.77:7667" }] });
    await node.askUntil(["routes"], (lines) => lines.some(({ to, via }) => to === "127.0.2.77:7667" && via === peer.endpoint));
  });

  test("learns the node's neighbours by ROUTING", async () => {
    const knows = ({ msg }: { msg: { msg_data?: Record<string, unknown> | null } }) =>
      JSON.stringify(msg.msg_data?.nodes).includes(`"${other.endpoint}"`);
    const { msg } = await peer.hear("ROUTING", knows, { withinMs: 12_000 });
    expect(msg.msg_data?.nodes).toContainEqual({ address: other.endpoint });
  });

  /** One more MESSAGE, its ACK, and a HELLO after that: whatever was to be said to the datagrams before it has been said. */
  async function fence(after: number): Promise<void> {
    const acks = peer.heard("ACK", after).length;
    peer.send(node.udp, "MESSAGE", { channel_id: ELSEWHERE, message: `fence ${after}` });
    await peer.hear("ACK", undefined, { after, count: acks + 1 });
    await peer.hear("HELLO", undefined, { after: peer.lines.length });
  }
});
