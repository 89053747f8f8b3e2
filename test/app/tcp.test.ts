/** Real nodes that meet over TCP: at an endpoint where nothing answers over UDP, as behind a firewall. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { RunningNode } from "../../src/app/index.ts";
import { httpProxy, join, serving, socks5 } from "../net/tcp/proxies.ts";
import { pairIn, running } from "./running.ts";

const SECRET = { user: "ada", password: "very-secret" };

/** An endpoint of TCP alone, behind which is that node. */
async function behindFirewall(node: RunningNode): Promise<string> {
  const [host = "", port = ""] = ((await node.status()).tcp.local ?? "").split(":");
  return `127.0.0.1:${await serving((socket) => join(socket, connect(Number(port), host)))}`;
}

async function met(node: RunningNode): Promise<void> {
  await expect.poll(async () => (await node.status()).sessions, { timeout: 15_000, interval: 50 }).toBe(1);
}

describe("a node", () => {
  test("takes TCP on the port of its UDP, and says so", async () => {
    const node = await running();
    expect((await node.status()).tcp).toEqual({ on: true, local: node.udp, fault: null, connections: 0, proxy: null });
    const off = await running({ tcp: false });
    expect((await off.status()).tcp).toMatchObject({ on: false, local: null });
  });

  test("whose TCP port is taken says so once, and goes on", async () => {
    const port = await serving(() => {});
    const said: string[] = [];
    const node = await running({ listen: `127.0.0.1:${port}`, onLog: ({ what }) => said.push(what) });
    expect((await node.status()).tcp).toMatchObject({ on: true, local: null, fault: "EADDRINUSE" });
    expect(said.filter((what) => what === "tcp-not-bound")).toHaveLength(1);
    expect((await node.doctor({})).findings).toContain("tcp-not-bound");
  });

  test("reaches one whose UDP does not answer, talks with it, and doctor says why", async () => {
    const s = await running();
    const a = await running({ peers: [await behindFirewall(s)] });
    await met(a);
    await pairIn("#lobby", s, a);
    const { state } = await a.send({ channel: "#lobby", text: "over TCP", wait: "delivered" });
    expect(state).toBe("delivered");
    expect(await a.peers()).toMatchObject([{ id: s.nodeId, path: "tcp", reason: "udp-no-answer", found: "configured" }]);
    const { findings, peers } = await a.doctor({});
    expect(findings).toContain("udp-blocked");
    expect(findings).not.toContain("nothing-arrives");
    expect(peers[0]?.trials).toContainEqual(expect.objectContaining({ kind: "tcp", outcome: "ok" }));
    expect((await s.doctor({})).findings).toContain("tcp-peers");
  });

  test("connects when the user says so, over TCP where it must", async () => {
    const s = await running();
    const a = await running();
    expect(await a.connect({ peer: await behindFirewall(s) })).toMatchObject({ path: "tcp", nodeId: s.nodeId });
  });
});

describe("through a proxy", () => {
  test.each([
    ["socks5", socks5],
    ["http", httpProxy],
  ] as const)("of %s that wants a password: a session comes about, and nobody is shown the password", async (kind, start) => {
    const proxy = await start(SECRET);
    const s = await running();
    const logged: string[] = [];
    const at = await behindFirewall(s);
    const url = `${kind}://${SECRET.user}:${SECRET.password}@127.0.0.1:${proxy.port}`;
    const a = await running({ peers: [at], proxy: url, onLog: (entry) => logged.push(JSON.stringify(entry)) });
    await met(a);
    expect(proxy.asked).toEqual([at]);
    const shown = JSON.stringify([await a.status(), await a.doctor({}), logged]);
    expect(shown).toContain(`${kind}://…@127.0.0.1:${proxy.port}`);
    expect(shown).not.toContain(SECRET.password);
  });

  test("that does not let through: the node lives on, and doctor says what to do", async () => {
    const proxy = await socks5(SECRET);
    const s = await running();
    const a = await running({ peers: [await behindFirewall(s)], proxy: `socks5://127.0.0.1:${proxy.port}` });
    const outcomes = async () => (await a.doctor({})).peers.flatMap(({ trials }) => trials.map(({ outcome }) => outcome));
    await expect.poll(outcomes, { timeout: 15_000, interval: 200 }).toContain("proxy-credentials");
    expect((await a.doctor({})).findings).toContain("proxy-failed");
  });

  test("that is none: the start is refused, and the words repeat nothing of it", async () => {
    const refused = running({ proxy: `ftp://ada:${SECRET.password}@proxy` });
    await expect(refused).rejects.toMatchObject({ code: "usage" });
    await expect(refused).rejects.not.toThrow(SECRET.password);
  });
});
