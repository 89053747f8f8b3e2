/** The bare peer by itself: a peer that could not do the seed's dance with its own kind would prove nothing about ours. */
import { afterAll, expect, test } from "vitest";
import { Peer } from "./peer.ts";

const started: Peer[] = [];
const start = async (at: string) => {
  const peer = await Peer.start(at);
  started.push(peer);
  return peer;
};

afterAll(() => Promise.all(started.map((peer) => peer.stop())));

test("three bare peers carry out the five steps of CONNECT and talk through the sockets that they opened", async () => {
  const [a, b, s] = [await start("127.0.1.2"), await start("127.0.1.3"), await start("127.0.1.4")];
  a.know(s.endpoint);
  b.know(s.endpoint);
  await s.hear("HELLO", ({ from }) => from === b.endpoint);
  a.tell({ do: "connect", s: s.endpoint, dst: "127.0.1.3" });
  const offer = await b.hear("CONNECT");
  const answer = await a.hear("CONNECT");
  const { port: aPort } = await a.step("A", 5);
  const { port: bPort } = await b.step("B", 3);
  expect(offer.msg.msg_data).toEqual({ dst: `127.0.1.2:${aPort}`, src: "127.0.1.3" });
  expect(answer.msg.msg_data).toEqual({ dst: `127.0.1.3:${bPort}`, src: `127.0.1.2:${aPort}` });
  await b.hear("HELLO", ({ from, port }) => from === `127.0.1.2:${aPort}` && port === bPort);
  await a.hear("HELLO", ({ from, port }) => from === `127.0.1.3:${bPort}` && port === aPort);
});

test("a bare peer passes a RELAY on, keeps members from JOIN and LEAVE and acknowledges what the seed says", async () => {
  const [a, b, r] = [await start("127.0.1.5"), await start("127.0.1.6"), await start("127.0.1.7")];
  for (const peer of [a, b]) peer.know(r.endpoint);
  await r.hear("HELLO", ({ from }) => from === b.endpoint);
  a.send(r.endpoint, "RELAY", { dst: b.endpoint, src: a.endpoint, message: { msg_type: "HELLO" } });
  expect((await b.hear("RELAY")).from).toBe(r.endpoint);
  a.send(r.endpoint, "JOIN", { channel_id: "c" });
  a.send(r.endpoint, "MESSAGE", { channel_id: "c", message: "hi" });
  expect((await a.hear("ACK")).msg).toEqual({ msg_type: "ACK" });
  r.tell({ do: "state" });
  expect((await r.until("its state", (line) => line.ev === "state")).members).toEqual({ c: [a.endpoint] });
});
