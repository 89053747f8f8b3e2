import { describe, expect, test } from "vitest";
import type { Api } from "../../src/app/index.ts";
import { next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };
const NOBODY = "127.0.0.1:9";

/** As it may come over the socket: the types are only claims there. */
async function ask(api: Api, command: keyof Api, request: unknown): Promise<unknown> {
  const call = api[command] as unknown as (request: unknown) => Promise<unknown>;
  return call.call(api, request);
}

describe("requests at the door", () => {
  test.each<[keyof Api, unknown, string]>([
    ["join", {}, "channel"],
    ["join", { channel: 7 }, "channel"],
    ["join", null, "object"],
    ["join", [], "object"],
    ["join", { channel: "lobby" }, "#name"],
    ["join", { channel: "#lobby", at: "127.0.0.1:1" }, "at"],
    ["join", { channel: "#lobby", at: [1] }, "at"],
    ["members", {}, "channel"],
    ["send", { ...LOBBY, text: "" }, "empty"],
    ["send", { ...LOBBY }, "text"],
    ["send", { ...LOBBY, text: "x", wait: "soon" }, "wait"],
    ["send", { ...LOBBY, text: "x", timeoutMs: 0 }, "timeoutMs"],
    ["send", { ...LOBBY, text: "x", timeoutMs: "1" }, "timeoutMs"],
    ["history", { ...LOBBY, most: 0 }, "most"],
    ["history", { ...LOBBY, most: 1_001 }, "most"],
    ["history", { ...LOBBY, since: "yesterday" }, "since"],
    ["history", { ...LOBBY, since: Number.NaN }, "since"],
    ["connect", {}, "peer"],
    ["connect", { peer: NOBODY, ref: 1.5 }, "ref"],
    ["key", { ...LOBBY, peer: NOBODY, cipher: "x".repeat(65), key: "k" }, "cipher"],
    ["tap", { on: 1 }, "on"],
  ])("%s %j is wrong usage, and the words say what is wrong", async (command, request, word) => {
    const node = await running();
    await node.join(LOBBY);
    await expect(ask(node, command, request)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining(word) });
    expect(await node.channels()).toHaveLength(1);
  });

  test.each<[keyof Api, unknown, string]>([
    ["send", { channel: "#elsewhere", text: "x" }, "no-such-channel"],
    ["members", { channel: "#elsewhere" }, "no-such-channel"],
    ["leave", { channel: "#elsewhere" }, "no-such-channel"],
    ["history", { channel: "#elsewhere" }, "no-such-channel"],
    ["send", { ...LOBBY, text: "x", wait: "held" }, "no-mailbox"],
    ["join", { channel: "@ada" }, "no-such-contact"],
    ["join", { ...LOBBY, at: ["no address"] }, "bad-address"],
    ["join", { ...LOBBY, at: ["nowhere.invalid:1"] }, "no-name"],
    ["connect", { peer: "nowhere.invalid:1" }, "no-name"],
    ["connect", { peer: "@ada" }, "no-such-contact"],
    ["connect", { peer: "WMMZ6JM4YBZ9893640GVQ9V0B3C5RKG6EK65S5XYMB2627FBRJH0" }, "not-connected"],
    ["connect", { peer: "203.0.113.5" }, "not-connected"],
    ["getcertificate", { peer: "1.2.3" }, "bad-address"],
  ])("%s %j cannot be done: %s", async (command, request, code) => {
    const node = await running({}, { lookUp: async () => [] });
    await node.join(LOBBY);
    await expect(ask(node, command, request)).rejects.toMatchObject({ code });
  });
});

describe("a text", () => {
  test.each([
    ["letters", "x".repeat(8_000)],
    ["signs that old programs read escaped", "\u{1f600}".repeat(700)],
  ])("of too many %s is refused whole", async (_what, text) => {
    const node = await running();
    await node.join(LOBBY);
    await expect(node.send({ ...LOBBY, text })).rejects.toMatchObject({ code: "too-long" });
    expect(await node.history(LOBBY)).toEqual([]);
  });

  test("with half a character is shown with a sign in its place", async () => {
    const node = await running();
    await node.join(LOBBY);
    await node.send({ ...LOBBY, text: "a\ud800b" });
    expect(await node.history(LOBBY)).toMatchObject([{ text: "a\ufffdb" }]);
  });
});

describe("channels", () => {
  test("are joined once, under the name of the first time", async () => {
    const node = await running();
    const first = await node.join(LOBBY);
    expect(await node.join({ channel: "#LOBBY" })).toEqual(first);
    expect(await node.join({ channel: first.channelId })).toEqual(first);
    expect(await node.channels()).toHaveLength(1);
  });

  test("can be any GUID", async () => {
    const node = await running();
    const channel = "12345678-1234-1234-1234-123456789ABC";
    expect(await node.join({ channel })).toEqual({ channelId: channel.toLowerCase(), name: "" });
    await node.send({ channel, text: "x" });
    expect(await node.history({ channel })).toMatchObject([{ channel: channel.toLowerCase() }]);
  });

  test("that were left still show what was kept", async () => {
    const node = await running();
    await node.join(LOBBY);
    await node.send({ ...LOBBY, text: "x" });
    await node.leave(LOBBY);
    expect(await node.channels()).toEqual([]);
    expect(await node.history(LOBBY)).toMatchObject([{ channel: "#lobby", text: "x" }]);
  });

  test("are joined at peers that are named", async () => {
    const a = await running();
    await a.join(LOBBY);
    const b = await running();
    const known = next(a, "member-joined");
    await b.join({ ...LOBBY, at: [a.udp] });
    expect(await known).toMatchObject({ member: b.udp });
  });
});

describe("history", () => {
  test("comes oldest first, from an id or a time on, and the newest of them when there are more", async () => {
    const node = await running();
    await node.join(LOBBY);
    const sent = [];
    for (const text of ["a", "b", "c"]) sent.push(await node.send({ ...LOBBY, text }));
    const texts = async (request: object) => (await node.history({ ...LOBBY, ...request })).map(({ text }) => text);
    expect(await texts({})).toEqual(["a", "b", "c"]);
    expect(await texts({ most: 2 })).toEqual(["b", "c"]);
    expect(await texts({ since: sent[0]?.id })).toEqual(["b", "c"]);
    expect(await texts({ since: 0 })).toEqual(["a", "b", "c"]);
    expect(await texts({ since: Date.now() + 60_000 })).toEqual([]);
  });
});

describe("connect", () => {
  test("says every step, and reaches a peer by its address alone when it is the only one there", async () => {
    const a = await running();
    const b = await running();
    const steps: string[] = [];
    b.subscribe((event) => {
      if (event.type === "connect" && event.ref === 3) steps.push(event.step.step);
    });
    expect(await b.connect({ peer: a.udp, ref: 3 })).toMatchObject({ peer: a.udp, path: "direct" });
    expect(steps).toEqual(["hello", "direct"]);
    expect(await b.connect({ peer: "127.0.0.1" })).toMatchObject({ peer: a.udp });
  });

  test("fails with a reason when nobody answers", async () => {
    const node = await running();
    await expect(node.connect({ peer: NOBODY })).rejects.toMatchObject({ code: "not-connected", reason: "no-answer" });
  });

  test("waits no longer than asked", async () => {
    const node = await running();
    await expect(node.connect({ peer: NOBODY, timeoutMs: 20 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("refuses a number that another one under way has", async () => {
    const node = await running();
    const first = node.connect({ peer: NOBODY, ref: 3, timeoutMs: 200 });
    await Promise.all([
      expect(first).rejects.toMatchObject({ code: "timeout" }),
      expect(node.connect({ peer: NOBODY, ref: 3 })).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("ref") }),
    ]);
  });
});

describe("asking a peer", () => {
  test("that does not answer is a timeout", async () => {
    const node = await running();
    await expect(node.getcertificate({ peer: NOBODY, timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("by its address alone is refused when several are there", async () => {
    const a = await running();
    const b = await running({ peers: [a.udp] });
    const c = await running({ peers: [a.udp] });
    await pairIn("#lobby", a, b);
    await c.connect({ peer: a.udp });
    await expect(a.getcertificate({ peer: "127.0.0.1" })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("port"),
    });
    expect((await b.getcertificate({ peer: "127.0.0.1" })).peer).toBe(a.udp);
  });
});
