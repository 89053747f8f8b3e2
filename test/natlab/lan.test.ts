/** Two hosts of one network, whose nodes know nobody: they find each other, and talk. */
import { afterEach, expect, test, vi } from "vitest";
import type { Line } from "../foreign/process.ts";
import { Lab, laboratory } from "./lab.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const A_LAN = "192.168.1.10:7667";
const B_LAN = "192.168.1.20:7667";

laboratory("A and B on one network, told of nobody", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test("find each other, and what is joined on both is one room", async () => {
    lab = await Lab.oneHome({ type: "port-restricted" });
    const a = await lab.nodeOnLan("A");
    await a.ask("join", "lobby");
    const b = await lab.nodeOnLan("B");
    await b.ask("join", "lobby");
    const isMember = (members: readonly Line[]) => members.some(({ state, node_id }) => state === "live" && node_id !== null);
    await a.askUntil(["members", "lobby"], isMember);
    await b.askUntil(["members", "lobby"], isMember);
    await a.ask("send", "lobby", "from A", "--wait", "delivered");
    await b.ask("send", "lobby", "from B", "--wait", "delivered");
    await a.askUntil(["tail", "lobby"], (entries) => entries.some(({ text, verified }) => text === "from B" && verified === true));
    const atLan = (endpoint: string) => expect.objectContaining({ kind: "full", found: "lan", endpoint, path: "direct", live: true });
    await expect(a.ask("peers")).resolves.toEqual([atLan(B_LAN)]);
    await expect(b.ask("peers")).resolves.toEqual([atLan(A_LAN)]);
  });
});
