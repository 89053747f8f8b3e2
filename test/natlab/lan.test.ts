/** Two hosts of one network, whose nodes know nobody: they find each other, and talk. PROTOCOL.md §14. */
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { Node } from "../foreign/node.ts";
import { type Line, Process } from "../foreign/process.ts";
import { Lab, laboratory } from "./lab.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const A_LAN = "192.168.1.10:7667";
const B_LAN = "192.168.1.20:7667";
const GROUP = "239.255.76.67:7666";
const MDNS = "224.0.0.251:5353";

laboratory("A and B on one network, told of nobody", () => {
  let lab: Lab;

  afterEach(async () => {
    await lab.down();
  });

  test("find each other, and who types `/join #lobby` and nothing else is in one room with the other", async () => {
    lab = await Lab.oneHome({ type: "port-restricted" });
    const [a, b] = [chat("A"), chat("B")];
    for (const each of [a, b]) each.type("/join #lobby");
    await Promise.all([a, b].map((each) => each.until("the other one", ({ text }) => /nick-[ab]~.*#lobby/.test(String(text)))));
    a.type("from A");
    await b.until("A's text", ({ text }) => String(text).includes("from A"));
    b.type("from B");
    await a.until("B's text", ({ text }) => String(text).includes("from B"));
  });

  test("show how they were found, and say nothing on the network that names them", async () => {
    lab = await Lab.oneHome({ type: "port-restricted" });
    const wire = lab.keep(new Process([...lab.within("A"), "python3", join(import.meta.dirname, "sniff.py")]));
    await wire.until("the listener", ({ ready }) => ready === true);
    const [a, b] = [await lab.nodeOnLan("A", "--name", "nick-a"), await lab.nodeOnLan("B", "--name", "nick-b")];
    for (const node of [a, b]) await node.ask("join", "attic");
    await a.askUntil(["peers"], found);
    await b.askUntil(["peers"], found);
    await a.askUntil(["members", "attic"], (members) => members.length === 1);
    await a.ask("send", "attic", "words", "--wait", "delivered");
    expect(await a.ask("peers")).toEqual([atLan(b, B_LAN)]);
    expect(await b.ask("peers")).toEqual([atLan(a, A_LAN)]);
    const said = wire.lines.map(({ text }) => String(text).toLowerCase());
    const names = [a, b].flatMap(({ ready }) => [String(ready.node_id).toLowerCase(), String(ready.name)]);
    expect(wire.lines.map(({ to }) => to)).toEqual(expect.arrayContaining([GROUP, MDNS]));
    for (const word of [...names, "attic", "words"]) expect(said.filter((text) => text.includes(word))).toEqual([]);
    const tags = new Set(wire.lines.filter(({ to }) => to === GROUP).map(({ text }) => /"lan":"([0-9a-f]{16})"/.exec(String(text))?.[1]));
    expect(tags.size).toBe(2);
  });

  test("find each other when the cable of one is plugged in late", async () => {
    lab = await Lab.oneHome({ type: "port-restricted" });
    await lab.do("link", "A", "down");
    const [a, b] = [await lab.nodeOnLan("A"), await lab.nodeOnLan("B")];
    expect(await b.ask("peers")).toEqual([]);
    await lab.do("link", "A", "up");
    await a.askUntil(["peers"], found);
    await b.askUntil(["peers"], found);
  });

  test("say nothing with `--lan off`, and are not found", async () => {
    lab = await Lab.oneHome({ type: "port-restricted" });
    const wire = lab.keep(new Process([...lab.within("B"), "python3", join(import.meta.dirname, "sniff.py")]));
    await wire.until("the listener", ({ ready }) => ready === true);
    const a = await lab.nodeOnLan("A", "--lan", "off");
    const b = await lab.nodeOnLan("B");
    await wire.until("B's second announcement", ({ to }) => to === GROUP, { count: 2 });
    expect(wire.lines.filter(({ from }) => from === "192.168.1.10")).toEqual([]);
    expect(await a.ask("peers")).toEqual([]);
    expect(await b.ask("peers")).toEqual([]);
  });

  function found(peers: readonly Line[]): boolean {
    return peers.length === 1 && peers[0]?.found === "lan";
  }

  function atLan(node: Node, endpoint: string): object {
    return expect.objectContaining({ kind: "full", node_id: node.ready.node_id, found: "lan", endpoint, path: "direct", live: true });
  }

  function chat(host: "A" | "B"): Process {
    const home = lab.folder(host);
    const program = join(import.meta.dirname, "../../ptpchat");
    return lab.keep(
      new Process([
        ...lab.within(host),
        program,
        "chat",
        "--home",
        home,
        "--listen",
        "0.0.0.0:7667",
        "--name",
        `nick-${host.toLowerCase()}`,
      ]),
    );
  }
});
