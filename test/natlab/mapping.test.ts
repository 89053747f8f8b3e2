/**
 * A home whose router opens ports for whoever asks on the inside: a real miniupnpd, by each of its three protocols.
 *
 *   A ── NA (miniupnpd) ──┐
 *                         ├── internet ── S, and F whom nobody knows
 *   B ── NB (symmetric) ──┘
 *
 * miniupnpd refuses to work with an outside address of the documentation ranges, so these are others; nothing leaves the laboratory.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Node } from "../foreign/node.ts";
import { type Line, Process } from "../foreign/process.ts";
import { Lab, laboratory } from "./lab.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const call = promisify(execFile);
const OUTSIDE = "45.0.0.101:7667";
const S = "45.0.0.10:7667";
const ROOM = "d2a0c1b2-0f3e-4c5d-8e6f-7a8b9c0d1e2f";
/** What this router gives at most by PCP, in seconds: renewed at half of it, and gone after it. */
const LIFETIME_S = 10;

/** What a distribution's scripts make for it, and what a router's own rules let through. */
const RULES = `
table inet filter {
  chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
insert rule ip natlab input iifname lan accept
add rule ip natlab forward ct status dnat accept
`;

laboratory("A at home behind a router with miniupnpd", () => {
  let lab: Lab;
  let folder: string;
  let router: Process;
  let nodes: Node[] = [];

  beforeAll(async () => {
    lab = await Lab.of({
      hosts: { S: { addr: "45.0.0.10" }, F: { addr: "45.0.0.30" }, A: { nat: "NA" }, B: { nat: "NB" } },
      nats: { NA: { addr: "45.0.0.101", type: "linux" }, NB: { addr: "45.0.0.102", type: "symmetric" } },
    });
    folder = lab.folder("router");
    await writeFile(join(folder, "rules"), RULES);
    await inNa("nft", "-f", join(folder, "rules"));
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
    await router?.stop();
    await forget();
  });

  afterAll(async () => {
    await lab.down();
  });

  test("a stranger reaches A, and the port stays open beyond its time, until A ends", async () => {
    await startRouter("yes", "yes");
    const a = await start("A", "--map", "on");
    await a.askUntil(["status"], ([status]) => isAt(status?.mapped, OUTSIDE));
    const [diagnosis] = await a.ask("doctor");
    const port = { transport: "udp", by: "pcp", outside: OUTSIDE, lifetime_s: LIFETIME_S };
    expect(diagnosis?.mapping).toMatchObject({ gateway: "192.168.1.1", ports: [port, { ...port, transport: "tcp" }], reason: null });
    const since = performance.now();
    await isReached(await start("F"));

    // It has lapsed once by then, had it not been renewed.
    await a.askUntil(["status"], () => performance.now() - since > 1_000 * (LIFETIME_S + 2), 30_000);
    expect(await opened()).toContain("7667");
    expect(await a.stop()).toBeLessThan(4_000);
    expect(await opened()).not.toContain("7667");
  });

  test("A takes UPnP where the router knows nothing else, and no port with `--map off`", async () => {
    await startRouter("no", "yes");
    const [a, quiet] = await Promise.all([start("A", "--map", "on"), start("A", "--listen", "0.0.0.0:7777")]);
    await a.askUntil(["status"], ([status]) => isAt(status?.mapped, OUTSIDE));
    const [diagnosis] = await a.ask("doctor");
    expect(diagnosis?.mapping).toMatchObject({
      ports: [{ by: "upnp", outside: OUTSIDE }, { transport: "tcp" }],
      tried: { pcp: {}, "nat-pmp": {} },
    });
    expect((await quiet.ask("doctor"))[0]?.mapping).toBeNull();
    await isReached(await start("F"));
    expect(await opened()).not.toContain("7777");
    await a.stop();
    expect(await opened()).not.toContain("7667");
  });

  test("by NAT-PMP a port for UDP and one for TCP are open, again when the router was started anew, and given back", async () => {
    await startRouter("yes", "no");
    const program = [process.execPath, join(import.meta.dirname, "map-client.ts")];
    const client = lab.keep(new Process([...lab.within("A"), ...program, "nat-pmp", "7667"]));
    await client.until("TCP", ({ transport }) => transport === "tcp");
    expect(client.lines).toContainEqual({ transport: "udp", endpoint: OUTSIDE });
    expect(client.lines).toContainEqual({ transport: "tcp", endpoint: OUTSIDE });
    await isHeard(client);
    await router.stop();
    await forget();
    await startRouter("yes", "no"); // says so to its network, and is asked
    await vi.waitFor(async () => expect(await opened()).toContain("7667"), { timeout: 10_000, interval: 250 });
    await isHeard(client);
    await client.stop();
    expect(await opened()).not.toContain("7667");
  });

  test("B, whose NAT cannot be punched, meets A over S and then goes straight to A's port", async () => {
    await startRouter("yes", "yes");
    await start("S");
    const a = await start("A", "--map", "on", "--peer", S);
    await a.askUntil(["status"], ([status]) => isAt(status?.mapped, OUTSIDE));
    const b = await start("B", "--peer", S);
    for (const node of [a, b]) {
      await node.hears(S);
      await node.ask("join", ROOM, "--at", S);
    }
    const isDirect = (peers: readonly Line[]) => peers.some((peer) => peer.node_id === a.ready.node_id && peer.path === "direct");
    const peers = await b.askUntil(["peers"], isDirect, 20_000);
    expect(peers).toContainEqual(expect.objectContaining({ node_id: a.ready.node_id, endpoint: OUTSIDE, path: "direct" }));
  });

  /** @param pmp - PCP and NAT-PMP, `yes` or `no` */
  async function startRouter(pmp: string, upnp: string): Promise<void> {
    const file = join(folder, "miniupnpd.conf");
    const lines = ["ext_ifname=eth0", "listening_ip=lan", `enable_natpmp=${pmp}`, `enable_upnp=${upnp}`, "secure_mode=yes", "port=0"];
    lines.push("min_lifetime=4", `max_lifetime=${LIFETIME_S}`, "uuid=00000000-0000-0000-0000-000000000001");
    await writeFile(file, [...lines, "allow 1024-65535 192.168.1.0/24 1024-65535", ""].join("\n"));
    const command = `exec miniupnpd -d -f '${file}' -P '${join(folder, "pid")}' 2>&1`;
    router = lab.keep(new Process([...lab.within("NA"), "sh", "-c", command]));
    const ready = pmp === "yes" ? "Listening for NAT-PMP" : "HTTP listening";
    await router.until("the router", ({ text }) => typeof text === "string" && text.includes(ready));
  }

  async function start(host: "A" | "B" | "F" | "S", ...words: string[]): Promise<Node> {
    const role = host === "S" ? "rendezvous" : "start";
    const node = lab.keep(await Node.start({ role, listen: "0.0.0.0:7667", words, within: lab.within(host) }));
    nodes.push(node);
    return node;
  }

  /** Somebody who was never heard of opens a session, with a datagram out of the blue. */
  async function isReached(by: Node): Promise<void> {
    expect((await by.ask("connect", OUTSIDE)).at(-1)).toMatchObject({ path: "direct", peer: OUTSIDE });
    await by.askUntil(["status"], ([status]) => status?.sessions === 1);
  }

  async function isHeard(client: Process): Promise<void> {
    const word = `out of the blue ${client.lines.length}`;
    const send = `import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"${word}", ("45.0.0.101", 7667))`;
    await call("ip", [...lab.within("F").slice(1), "python3", "-c", send]);
    await client.until(word, ({ heard, from }) => heard === word && from === "45.0.0.30");
  }

  /** The ports that the router lets in, as its kernel has them. */
  async function opened(): Promise<string> {
    return inNa("nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd");
  }

  /** As a router does whose power was cut: miniupnpd leaves its rules behind. */
  async function forget(): Promise<void> {
    for (const chain of ["prerouting", "postrouting"]) await inNa("nft", "flush", "chain", "inet", "filter", `${chain}_miniupnpd`);
  }

  async function inNa(...words: string[]): Promise<string> {
    const [program = "", ...rest] = [...lab.within("NA"), ...words];
    return (await call(program, rest)).stdout;
  }
}, ["miniupnpd"]);

function isAt(mapped: unknown, endpoint: string): boolean {
  return Array.isArray(mapped) && mapped.length === 1 && mapped[0] === endpoint;
}
