/** Two symmetric NATs with random ports cannot be punched: the node says so, and the chat goes over S instead. */
import { afterEach, expect, test, vi } from "vitest";
import { B_PUBLIC, bothKnown, Lab, laboratory, S_ENDPOINT, see, seen } from "./lab.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const ROOM = "6b7c8d9e-0f1a-4b2c-8d3e-4f5061728394";

laboratory("A and B behind symmetric NATs", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test("`connect` ends with a reason code, and texts go both ways by RELAY through S", async () => {
    lab = await Lab.up({ type: "symmetric" }, { type: "symmetric" });
    const s = await lab.rendezvous();
    const [a, b] = await Promise.all([lab.node("A"), lab.node("B")]);
    const known = await bothKnown(s);

    const { code, lines } = await a.run("connect", B_PUBLIC, "--via", S_ENDPOINT, "--json");
    expect(code).toBe(1);
    expect(JSON.stringify(lines)).toContain("far-silent");

    const [atA, atB] = [lab.keep(await a.tap()), lab.keep(await b.tap())];
    for (const node of [b, a]) await node.ask("join", ROOM); // at S, which introduces its members to each other
    await a.askUntil(["members", ROOM], (members) => members.some(({ endpoint, via }) => endpoint === known.b && via === S_ENDPOINT));
    await a.ask("send", ROOM, "from A", "--wait", "delivered");
    await b.askUntil(["members", ROOM], (members) => members.some(({ endpoint, via }) => endpoint === known.a && via === S_ENDPOINT));
    await b.ask("send", ROOM, "from B", "--wait", "delivered");
    await a.askUntil(["tail", ROOM], (entries) => entries.some(({ text, verified }) => text === "from B" && verified === true));
    await b.askUntil(["tail", ROOM], (entries) => entries.some(({ text, verified }) => text === "from A" && verified === true));
    const texts = seen(atA, "MESSAGE").concat(seen(atB, "MESSAGE"));
    expect(texts).not.toEqual([]);
    expect(texts.filter(({ session }) => session === null)).toEqual([]); // never but inside the session of the two
    expect((await see(atB, "RELAY", "in")).endpoint).toBe(S_ENDPOINT);
    expect(await a.ask("peers")).toContainEqual(expect.objectContaining({ kind: "full", path: "relay", via: S_ENDPOINT }));
  });
});
