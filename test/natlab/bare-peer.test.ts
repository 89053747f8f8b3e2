/** B is the Python peer that knows only the seed, behind a NAT of its own. */
import { afterEach, expect, test, vi } from "vitest";
import { Peer } from "../foreign/peer.ts";
import { A_PUBLIC, B_PUBLIC, bothKnown, Lab, laboratory, type Nat, S_ENDPOINT } from "./lab.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const ROOM = "2a3b4c5d-6e7f-4801-9234-56789abcdef0";

laboratory("B is a peer that knows only the seed", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test("answering S from the socket that it offers, it is reached through a NAT that changes ports", async () => {
    await meet({ type: "port-restricted", ports: "random" }, true);
  });

  test("answering S from its HELLO socket, it is reached through a NAT that keeps ports", async () => {
    await meet({ type: "port-restricted", ports: "preserve" }, false);
  });

  async function meet(nb: Nat, b_fresh: boolean): Promise<void> {
    lab = await Lab.up({ type: "port-restricted" }, nb);
    const s = await lab.rendezvous();
    const a = await lab.node("A");
    const b = lab.keep(await Peer.start("0.0.0.0", { within: lab.within("B") }));
    b.tell({ do: "set", b_fresh });
    b.know(S_ENDPOINT);
    await bothKnown(s);

    const lines = await a.ask("connect", B_PUBLIC, "--via", S_ENDPOINT);
    expect(lines.at(-1)).toMatchObject({ path: "punched" });
    const hole = String(lines.at(-1)?.peer);
    const { port: bPort } = await b.step("B", 3);
    const greeting = await b.hear("HELLO", ({ from, port }) => from.startsWith(`${A_PUBLIC}:`) && port === bPort);

    await a.ask("join", ROOM, "--at", hole);
    await b.hear("JOIN", ({ port }) => port === bPort);
    b.tell({ do: "join", to: greeting.from, channel: ROOM });
    const [member] = await a.askUntil(["members", ROOM], (members) => members.length === 1);
    const name = member?.endpoint; // S's own for B, whatever the hole
    expect(name).toMatch(new RegExp(`^${B_PUBLIC}:`));
    await a.ask("send", ROOM, "to Python", "--wait", "delivered");
    expect(await b.hear("MESSAGE")).toMatchObject({ from: greeting.from, port: bPort });
    b.tell({ do: "say", channel: ROOM, message: "from Python" });
    await a.askUntil(["tail", ROOM], (entries) => entries.some(({ text, author }) => text === "from Python" && author === name));
  }
});
