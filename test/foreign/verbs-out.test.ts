/** A node says every verb to a seed-only peer that it has configured. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Node } from "./node.ts";
import { Peer } from "./peer.ts";

const ROOM = "7a6f0f1c-52b8-4d5e-8a6b-2f90c1d3e4f5";
const OTHER_ROOM = "7a6f0f1c-52b8-4d5e-8a6b-000000000001";

describe("a node, towards a peer that knows only the seed", () => {
  let peer: Peer;
  let node: Node;

  beforeAll(async () => {
    peer = await Peer.start("127.0.3.2");
    node = await Node.start({ listen: "127.0.3.1:0", peers: [peer.endpoint] });
    peer.tell({ do: "set", certificate: { certificate: "MAA=" }, key: { channel_id: ROOM, cipher: "none", key: "a2V5" } });
    await peer.hear("HELLO"); // it greets a configured peer first, and the peer greets back from then on
  });

  afterAll(async () => {
    await node?.stop();
    await peer?.stop();
  });

  test("joins a channel there", async () => {
    await node.ask("join", ROOM, "--at", peer.endpoint);
    const { msg, from } = await peer.hear("JOIN");
    expect(msg.msg_data).toMatchObject({ channel_id: ROOM });
    expect(from).toBe(node.udp);
    peer.tell({ do: "state" });
    expect((await peer.until("its state", (line) => line.ev === "state")).members).toEqual({ [ROOM]: [node.udp] });
  });

  test("gets a text from it as a member and shows it", async () => {
    peer.tell({ do: "say", channel: ROOM, message: "welcome" });
    await peer.hear("ACK");
    await node.askUntil(["tail", ROOM], (lines) => lines.some(({ text, author }) => text === "welcome" && author === peer.endpoint));
  });

  test("announces the channel to it once it has joined, and delivers texts that it acknowledges", async () => {
    peer.send(node.udp, "JOIN", { channel_id: ROOM });
    expect((await peer.hear("CHANNEL")).msg.msg_data).toMatchObject({ channel_id: ROOM });
    const [sent] = await node.ask("send", ROOM, "Grüße an alle", "--wait", "delivered");
    expect(sent).toMatchObject({ state: "delivered", acked: 1, of: 1, bare: 1 });
    expect((await peer.hear("MESSAGE")).msg).toMatchObject({
      msg_type: "MESSAGE",
      msg_data: { channel_id: ROOM, message: "Grüße an alle" },
    });
    expect(peer.heard("MESSAGE")).toHaveLength(1);
  });

  test("asks for its certificate, acknowledges it and shows it", async () => {
    const after = peer.lines.length;
    const [answer] = await node.ask("getcertificate", peer.endpoint);
    expect(answer).toMatchObject({ certificate: "MAA=" });
    await peer.hear("GETCERTIFICATE", undefined, { after });
    expect((await peer.hear("ACK", undefined, { after })).msg.msg_type).toBe("ACK");
  });

  test("asks it for the key of a channel and keeps the key that it gives", async () => {
    const after = peer.lines.length;
    await node.ask("getkey", ROOM, peer.endpoint); // fails when it is not acknowledged
    expect((await peer.hear("GETKEY", undefined, { after })).msg.msg_data).toMatchObject({ channel_id: ROOM });
    await peer.hear("ACK", undefined, { after }); // of the KEY that it sent
    await node.askUntil(["getkey", ROOM, peer.endpoint], (lines) => JSON.stringify(lines).includes("a2V5"));
  });

  test("gives it a key", async () => {
    const [answer] = await node.ask("key", ROOM, peer.endpoint, "aes-256-gcm", "c2VjcmV0");
    expect(answer).toMatchObject({ acked: true });
    const { msg } = await peer.hear("KEY", ({ msg: { msg_data } }) => msg_data?.key === "c2VjcmV0");
    expect(msg.msg_data).toMatchObject({ channel_id: ROOM, cipher: "aes-256-gcm" });
  });

  test("tells it by ROUTING whom it can reach, every 10 s", async () => {
    const first = await peer.hear("ROUTING");
    expect(first.msg.msg_data?.nodes).toContainEqual({ address: peer.endpoint });
    await peer.hear("ROUTING", undefined, { after: peer.lines.length, withinMs: 12_000 });
  });

  test("says LEAVE when the user leaves a channel", async () => {
    await node.ask("join", OTHER_ROOM, "--at", peer.endpoint);
    await peer.hear("JOIN", ({ msg }) => msg.msg_data?.channel_id === OTHER_ROOM);
    await node.ask("leave", OTHER_ROOM);
    await peer.hear("LEAVE", ({ msg }) => msg.msg_data?.channel_id === OTHER_ROOM);
  });

  test("says LEAVE when it is shut down, and ends within 4 s", async () => {
    const tookMs = await node.process.stop();
    await peer.hear("LEAVE", ({ msg }) => msg.msg_data?.channel_id === ROOM);
    expect(tookMs).toBeLessThan(4_000);
  });
});
