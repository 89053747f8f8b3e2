import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createNode } from "../../src/app/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };

describe("two nodes", () => {
  test("that joined a channel see what is posted there, and the author sees it saved and delivered", async () => {
    const a = await running({ home: directory() });
    const b = await running({ home: directory(), peers: [a.udp] });
    await pairIn("#lobby", a, b);
    const seen = next(a, "post");
    const saved = next(b, "post-state", ({ state }) => state === "saved");
    const sent = await b.send({ ...LOBBY, text: "hello, Ada", wait: "delivered" });
    expect(sent).toMatchObject({ state: "delivered", acked: 1, of: 1 });
    expect(await seen).toMatchObject({ text: "hello, Ada", author: b.nodeId, own: false, verified: true, kept: true });
    expect(await saved).toMatchObject({ id: sent.id });
    expect(await a.history(LOBBY)).toMatchObject([{ channel: "#lobby", text: "hello, Ada", author: b.nodeId, own: false }]);
    expect(await b.history(LOBBY)).toMatchObject([{ id: sent.id, text: "hello, Ada", author: b.nodeId, own: true }]);
    expect(await a.members(LOBBY)).toMatchObject([{ endpoint: b.udp, nodeId: b.nodeId, state: "live" }]);
  });

  test("keep history and channels over a restart, and meet again", async () => {
    const homes = [directory(), directory()];
    const a = await running({ home: homes[0] });
    const b = await running({ home: homes[1], peers: [a.udp] });
    await pairIn("#lobby", a, b);
    await b.send({ ...LOBBY, text: "before", wait: "delivered" });
    const left = next(a, "member-left");
    await b.stop();
    expect(await left).toMatchObject({ member: b.udp, why: "left" });
    const again = next(a, "member-joined");
    const b2 = await running({ home: homes[1], peers: [a.udp] });
    expect(b2.nodeId).toBe(b.nodeId);
    expect(await again).toMatchObject({ member: b2.udp });
    expect(await b2.channels()).toMatchObject([{ name: "lobby" }]);
    await a.send({ ...LOBBY, text: "after", wait: "delivered" });
    await vi.waitFor(async () => expect((await b2.history(LOBBY)).map(({ text }) => text)).toEqual(["before", "after"]), 5_000);
  });

  test("that both know a rendezvous are introduced by it, and reach each other directly", async () => {
    const s = await running({ rendezvous: true });
    const a = await running({ peers: [s.udp] });
    const up = Promise.all([next(s, "peer-up"), next(a, "peer-up")]);
    await up;
    const heard = next(s, "peer-up");
    const b = await running({ peers: [s.udp] });
    await heard;
    const steps: string[] = [];
    b.subscribe((event) => {
      if (event.type === "connect") steps.push(event.step.step);
    });
    const connected = await b.connect({ peer: a.udp, via: s.udp, ref: 5 });
    expect(connected.path).toBe("punched");
    expect(steps.at(-1)).toBe("direct");
    expect(steps).toContain("asked");
    expect((await s.status()).role).toBe("rendezvous");
  });

  test("give each other certificates and keys", async () => {
    const a = await running();
    const b = await running({ peers: [a.udp], name: "bob" });
    await pairIn("#lobby", a, b);
    const { certificate } = await a.getcertificate({ peer: b.udp });
    const { certificate: pem, name } = await b.id();
    expect(name).toBe("bob");
    expect(pem.replaceAll(/-----.*-----|\n/g, "")).toBe(certificate);
    const kept = next(a, "key");
    expect(await b.key({ ...LOBBY, peer: a.udp, cipher: "rot13", key: "13" })).toEqual({ acked: true });
    expect(await kept).toMatchObject({ peer: b.nodeId, cipher: "rot13", key: "13" });
    expect(await a.getkey({ ...LOBBY, peer: b.udp })).toMatchObject({ acked: true, keys: [{ from: b.udp, cipher: "rot13", key: "13" }] });
  });
});

describe("a node", () => {
  test("leaves nothing on the disk when it is to keep nothing", async () => {
    const node = await running();
    expect(node).toMatchObject({ home: "", socket: null });
  });

  test("shows where it listens, who it is and how it fares", async () => {
    const home = directory();
    const node = await running({ home, name: "ada" });
    expect(node.udp).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await node.status()).toMatchObject({
      nodeId: node.nodeId,
      name: "ada",
      role: "node",
      udp: node.udp,
      home,
      socket: node.socket,
      pid: process.pid,
      store: { state: "ok", code: null },
      socketErrors: {},
    });
    const { fingerprint, guid } = await node.id();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(guid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("keeps the name of its first start", async () => {
    const home = directory();
    await (await running({ home, name: "ada" })).stop();
    expect((await (await running({ home })).id()).name).toBe("ada");
  });

  test("reports its traffic while it is asked to", async () => {
    const a = await running();
    const b = await running({ peers: [a.udp] });
    await b.tap({ on: true });
    expect(await next(b, "traffic")).toMatchObject({ endpoint: a.udp, verb: "HELLO", text: '{"msg_type":"HELLO"}' });
    await b.tap({ on: false });
    let heard = 0;
    b.subscribe(({ type }) => {
      if (type === "traffic") heard++;
    });
    const c = await running();
    await b.connect({ peer: c.udp });
    expect(heard).toBe(0);
  });

  test("does nothing any more once it was stopped", async () => {
    const node = await running();
    await node.stop();
    await expect(node.join(LOBBY)).rejects.toMatchObject({ code: "stopping" });
    await expect(node.history(LOBBY)).rejects.toMatchObject({ code: "stopping" });
    await node.stop();
  });

  test("logs its life as JSON lines, without what people wrote", async () => {
    const home = directory();
    const node = await running({ home });
    await node.join(LOBBY);
    await node.send({ ...LOBBY, text: "a secret" });
    await node.stop();
    const log = readFileSync(join(home, "log.jsonl"), "utf8");
    const entries = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { what: string });
    expect(entries.map(({ what }) => what)).toEqual(["started", "stopping", "stopped"]);
    expect(log).not.toContain("secret");
    expect(log).not.toContain("lobby");
  });
});

describe("a start that cannot be", () => {
  test("on the home of a running node is refused, and the home is free once that one ended", async () => {
    const home = directory();
    const node = await running({ home });
    await expect(createNode({ home, listen: "127.0.0.1:0" })).rejects.toMatchObject({ code: "home-in-use" });
    await node.stop();
    await (await running({ home })).status();
  });

  test("on a port in use is refused, and lets go of the home", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const home = directory();
    const taken = { home, listen: `127.0.0.1:${socket.address().port}` };
    await expect(createNode(taken)).rejects.toMatchObject({ code: "port-in-use" });
    socket.close();
    await running(taken);
  });

  test("with a file in the place of the home is refused, and the file stays", async () => {
    const home = join(directory(), "file");
    writeFileSync(home, "not a home");
    await expect(createNode({ home })).rejects.toMatchObject({ code: "home-unreadable", message: expect.stringContaining(home) });
    expect(readFileSync(home, "utf8")).toBe("not a home");
  });

  test.each([
    [{ listen: "localhost:1" }, "bad-address"],
    [{ listen: "192.0.2.1:0" }, "bad-address"],
    [{ peers: ["no port or name!"] }, "bad-address"],
    [{ peers: ["0.0.0.0:7667"] }, "bad-address"],
    [{ name: "a\nb" }, "usage"],
  ])("with %j is refused as %s, and leaves no key behind", async (options, code) => {
    const home = directory();
    await expect(createNode({ home, listen: "127.0.0.1:0", ...options })).rejects.toMatchObject({ code });
    expect(existsSync(join(home, "key.json"))).toBe(false);
  });
});
