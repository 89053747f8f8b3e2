/**
 * A network without UDP whose router lets nothing out but what its proxy asks for, as offices have it: the node there goes over
 * TCP through the proxy, by SOCKS5 and by HTTP.
 *
 *   A ──┐
 *       ├── NA (nothing of A's passes, no UDP) ──┐
 *   P ──┘ (the proxy)                            ├── internet ── S
 *   B ───── NB (port-restricted) ────────────────┘
 */
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Process } from "../foreign/process.ts";
import { A_PUBLIC, B_PUBLIC, Lab, laboratory, S_ENDPOINT } from "./lab.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const ROOM = "#room";
const A_INSIDE = "192.168.1.10";
const P_INSIDE = "192.168.1.30";
const PORT = 1_080;
const SERVER = join(import.meta.dirname, "proxy-server.ts");
const CALL_S = "import net from 'node:net'; net.connect(7667, '203.0.113.10').on('connect', () => console.log('{\"in\":true}'));";

laboratory("A behind a router that lets nobody out but the proxy", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test.each([
    ["socks5", "", []],
    ["socks5", "ada:lovelace@", ["ada", "lovelace"]],
    ["http", "", []],
    ["http", "ada:lovelace@", ["ada", "lovelace"]],
  ] as const)("holds a session with S through %s://%s..., and talks with B", async (kind, credentials, words) => {
    lab = await office();
    const s = await lab.rendezvous();
    const proxy = lab.keep(new Process([...lab.within("P"), process.execPath, SERVER, kind, String(PORT), ...words]));
    await proxy.until("the proxy", (line) => line.ready === true);
    const b = await lab.node("B");
    await b.ask("join", ROOM);

    const a = await lab.node("A", "--proxy", `${kind}://${credentials}${P_INSIDE}:${PORT}`);
    const isS = ({ id }: Readonly<Record<string, unknown>>) => id === s.ready.node_id;
    const peers = await a.askUntil(["peers"], (all) => all.some((peer) => isS(peer) && peer.live === true));
    expect(peers.find(isS)).toMatchObject({ path: "tcp", endpoint: S_ENDPOINT });
    await proxy.until("the way to S", (line) => line.asked === S_ENDPOINT);

    await a.ask("join", ROOM);
    await a.askUntil(["members", ROOM], (members) => members.some(({ node_id, state }) => node_id === b.ready.node_id && state !== "away"));
    await a.ask("send", ROOM, "from the office", "--wait", "delivered");
    await b.askUntil(["tail", ROOM], (entries) => entries.some(({ text }) => text === "from the office"));
  });

  test("gets nothing out without it", async () => {
    lab = await office();
    await lab.rendezvous();
    const free = lab.keep(new Process([...lab.within("P"), process.execPath, "--input-type=module", "-e", CALL_S]));
    await free.until("P to reach S", (line) => line.in === true);
    const a = await lab.node("A");
    await a.askUntil(["doctor"], ([diagnosis]) => JSON.stringify(diagnosis).includes("tcp-silent"), 20_000);
    const [toS] = await a.ask("peers");
    expect(toS).toMatchObject({ endpoint: S_ENDPOINT, live: false });
  });
});

async function office(): Promise<Lab> {
  const lab = await Lab.of({
    hosts: {
      S: { addr: "203.0.113.10" },
      A: { nat: "NA", addr: A_INSIDE },
      P: { nat: "NA", addr: P_INSIDE },
      B: { nat: "NB", addr: "192.168.1.20" },
    },
    nats: { NA: { addr: A_PUBLIC, type: "udp-blocked" }, NB: { addr: B_PUBLIC, type: "port-restricted" } },
  });
  await lab.runOn("NA", "nft", "insert", "rule", "ip", "natlab", "forward", "ip", "saddr", A_INSIDE, "drop");
  return lab;
}
