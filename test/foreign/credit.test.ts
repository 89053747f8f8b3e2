/** What a peer that knows only the seed, and that nobody configured, gets: little until it has shown that it lives. PROTOCOL.md "Byte credit". */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Node } from "./node.ts";
import { type Heard, Peer } from "./peer.ts";

vi.setConfig({ testTimeout: 100_000, hookTimeout: 30_000 });

const ROOM = "9d2f8a36-41c5-4e0b-a7f3-58e6d4c2b1a0";
/** A HELLO rhythm held this long earns the allowance, in ms. */
const RHYTHM_MS = 10_000;

describe("a peer that nobody configured", () => {
  let peer: Peer;
  let node: Node;
  let began: number;

  beforeAll(async () => {
    node = await Node.start({ listen: "127.0.10.1:0" });
    await node.ask("join", ROOM);
    peer = await Peer.start("127.0.10.2");
    peer.know(node.udp);
    await peer.hear("HELLO");
    began = performance.now();
  });

  afterAll(async () => {
    await node?.stop();
    await peer?.stop();
  });

  test("gets one HELLO for each of its own, and never more bytes than it sent", async () => {
    peer.send(node.udp, "JOIN", { channel_id: ROOM });
    peer.send(node.udp, "GETCERTIFICATE");
    await peer.hear("ACK");
    await peer.hear("HELLO", undefined, { count: 5 });
    expect(peer.heard("HELLO").length).toBeLessThanOrEqual(sent("HELLO"));
    const out = peer.all((line) => line.ev === "got").reduce((sum, line) => sum + (line as unknown as Heard).bytes, 0);
    const into = peer.all((line) => line.ev === "sent").reduce((sum, line) => sum + Buffer.byteLength(pythonJson(line.msg)), 0);
    expect(out).toBeLessThanOrEqual(into);
    expect(peer.heard("CERTIFICATE")).toHaveLength(0);
  });

  test("gets the certificate that it asked for, CHANNEL and MESSAGE once it has greeted for 10 s and has joined", async () => {
    await peer.hear("CERTIFICATE", undefined, { withinMs: RHYTHM_MS + 8_000 });
    expect(performance.now() - began).toBeGreaterThan(RHYTHM_MS - 1_500);
    await node.askUntil(["members", ROOM], (lines) => JSON.stringify(lines).includes(peer.endpoint));
    await node.ask("send", ROOM, "now you live", "--wait", "delivered");
    expect((await peer.hear("MESSAGE")).msg.msg_data).toMatchObject({ channel_id: ROOM, message: "now you live" });
    await peer.hear("CHANNEL", undefined, { withinMs: 70_000 });
  });

  const sent = (verb: string) =>
    peer.all((line) => line.ev === "sent" && (line.msg as { msg_type?: string } | null)?.msg_type === verb).length;
});

/** The text that Python's json.dumps makes of a message: a space after each colon and comma. */
function pythonJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${pythonJson(each)}`)
    .join(", ")}}`;
}
