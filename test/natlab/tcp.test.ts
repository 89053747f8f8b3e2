/** A home whose router drops all UDP: the node there goes over TCP, and reaches everyone over whom it reaches so. */
import { afterEach, expect, test, vi } from "vitest";
import type { Node } from "../foreign/node.ts";
import { Lab, laboratory, S_ENDPOINT } from "./lab.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const ROOM = "#room";

laboratory("A behind a router without UDP, B behind a port-restricted one", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test("A and S hold a session over TCP; texts go from A to B and back; doctor says why; data moves to UDP once that gets through", async () => {
    lab = await Lab.up({ type: "udp-blocked" }, { type: "port-restricted" });
    const s = await lab.rendezvous();
    expect(s.ready.tcp).toBe(S_ENDPOINT);
    const b = await lab.node("B");
    const { node_id: sId } = s.ready;
    await b.ask("join", ROOM);
    await b.askUntil(["peers"], (peers) => peers.some(({ id, path }) => id === sId && path === "direct"));
    for (const n of [1, 2, 3]) await b.ask("send", ROOM, `before A came ${n}`);

    const a = await lab.node("A");
    const [toS] = await a.askUntil(["peers"], (peers) => peers.some(({ id, live }) => id === sId && live === true));
    expect(toS).toMatchObject({ id: sId, kind: "full", path: "tcp", reason: "udp-no-answer", endpoint: S_ENDPOINT });
    await a.ask("join", ROOM);
    await reaches(a, b);
    await reaches(b, a);
    await a.ask("send", ROOM, "from A", "--wait", "delivered");
    await b.ask("send", ROOM, "from B", "--wait", "delivered");
    await shows(b, ["before A came 1", "before A came 2", "before A came 3", "from A", "from B"]);
    await shows(a, ["before A came 1", "before A came 2", "before A came 3", "from A", "from B"]);

    const [diagnosis] = await a.ask("doctor");
    expect(codesIn(diagnosis?.findings)).toContain("udp-blocked");
    expect(codesIn(diagnosis?.findings)).not.toContain("nothing-arrives");
    const way = { endpoint: S_ENDPOINT, path: "tcp", in_use: true, live: true };
    expect(diagnosis?.peers).toContainEqual(
      expect.objectContaining({ id: sId, ways: expect.arrayContaining([expect.objectContaining(way)]) }),
    );

    // The router lets UDP through: it is found out by itself.
    await lab.runOn("NA", "nft", "insert", "rule", "ip", "natlab", "forward", "meta", "l4proto", "udp", "accept");
    await a.askUntil(["peers"], (peers) => peers.some(({ id, path }) => id === sId && path === "direct"), 40_000);
    await a.ask("send", ROOM, "over UDP", "--wait", "delivered");
  });
});

async function reaches(from: Node, to: Node): Promise<void> {
  await from.askUntil(["members", ROOM], (members) =>
    members.some(({ node_id, state }) => node_id === to.ready.node_id && state !== "away"),
  );
}

/** All of these, and each once. */
async function shows(node: Node, texts: readonly string[]): Promise<void> {
  await node.askUntil(["tail", ROOM], (entries) => {
    const shown = entries.map(({ text }) => String(text)).filter((text) => texts.includes(text));
    return [...shown].sort().join() === [...texts].sort().join();
  });
}

function codesIn(findings: unknown): string[] {
  return Array.isArray(findings) ? findings.map(({ code }: { code: string }) => code) : [];
}
