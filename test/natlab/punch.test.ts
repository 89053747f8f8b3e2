/** CONNECT through real NATs: every pair that two friendly NATs can make ends with a path of its own. */
import { afterEach, expect, test, vi } from "vitest";
import type { Node } from "../foreign/node.ts";
import type { Line, Process } from "../foreign/process.ts";
import { A_PUBLIC, B_PUBLIC, bothKnown, Lab, laboratory, type Nat, S_ENDPOINT, see, seen } from "./lab.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const ROOM = "c4a1d2b3-8e7f-4a65-9b0c-1d2e3f405162";
const TYPES = ["full-cone", "restricted-cone", "port-restricted"] as const;
const PAIRS = TYPES.flatMap((a, at) => TYPES.slice(at).map((b) => ({ a, b })));
/** A punch that has not come through by then has failed, in ms. */
const PUNCH_MS = 5_000;

laboratory("A and B behind two NATs, S public", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  test.each(PAIRS)("$a and $b: `connect` by IP takes the seed's five steps and texts flow past S", async (pair) => {
    await meet({ type: pair.a }, { type: pair.b }, "ip");
  });

  test("port-restricted on both sides, by the endpoint that S sees", async () => {
    await meet({ type: "port-restricted" }, { type: "port-restricted" }, "endpoint");
  });

  async function meet(na: Nat, nb: Nat, by: "ip" | "endpoint"): Promise<void> {
    lab = await Lab.up(na, nb);
    const s = await lab.rendezvous();
    const [a, b] = await Promise.all([lab.node("A"), lab.node("B")]);
    const known = await bothKnown(s);
    const taps = await Promise.all([a, b, s].map((node) => node.tap()));
    const [atA, atB, atS] = taps.map((tap) => lab?.keep(tap)) as [Process, Process, Process];

    const lines = await a.ask("connect", by === "ip" ? B_PUBLIC : known.b, "--via", S_ENDPOINT);
    const won = lines.at(-1);
    expect(won).toMatchObject({ path: "punched" });
    expect(Number(won?.ms)).toBeLessThan(PUNCH_MS);
    const hole = await fiveSteps({ atA, atB, atS });
    expect(won?.peer).toBe(hole.b);

    await a.ask("join", ROOM, "--at", hole.b);
    await b.ask("join", ROOM, "--at", hole.a);
    await a.ask("send", ROOM, "from A", "--wait", "delivered");
    await b.ask("send", ROOM, "from B", "--wait", "delivered");
    expect(await see(atB, "MESSAGE", "in")).toMatchObject({ endpoint: hole.a, data: { message: "from A" } });
    expect(await see(atA, "MESSAGE", "in")).toMatchObject({ endpoint: hole.b, data: { message: "from B" } });
    for (const verb of ["MESSAGE", "RELAY", "JOIN"]) expect(seen(atS, verb)).toEqual([]);
    const [status] = await s.ask("status");
    const received = (status?.counters as { received?: Record<string, number> } | undefined)?.received;
    expect(received).toMatchObject({ CONNECT: 2 });
    expect(received).not.toHaveProperty("MESSAGE");
    expect(received).not.toHaveProperty("RELAY");
  }
});

laboratory("two nodes with a session over S", () => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  async function connect(na: Nat, nb: Nat): Promise<{ steps: readonly Line[]; a: Node; b: Node; atS: Process }> {
    lab = await Lab.up(na, nb);
    const s = await lab.rendezvous();
    const [a, b] = await Promise.all([lab.node("A"), lab.node("B")]);
    await bothKnown(s);
    const atS = lab.keep(await s.tap());
    const far = String(b.ready.node_id);
    await a.askUntil(["routes"], (routes) => routes.some(({ node_id }) => node_id === far)); // S has told it of the other
    await a.ask("contact", "add", far, "bob"); // ports are guessed for contacts
    await b.ask("contact", "add", String(a.ready.node_id), "ann");
    const { lines } = await a.run("connect", "@bob", "--json");
    return { steps: lines, a, b, atS };
  }

  test.each<[string, Nat, Nat, number]>([
    ["without any guess", { type: "port-restricted" }, { type: "port-restricted" }, 0],
    ["by prediction, where one NAT counts", { type: "port-restricted" }, { type: "symmetric", ports: "sequential" }, 24],
    ["by prediction, where both count", { type: "symmetric", ports: "sequential" }, { type: "symmetric", ports: "sequential" }, 0],
    ["by the birthday method, where one NAT gives any port", { type: "port-restricted" }, { type: "symmetric" }, 1_024],
  ])("come to talk directly %s", async (_, na, nb, probes) => {
    const { steps, a, b, atS } = await connect(na, nb);
    expect(steps.at(-1)).toMatchObject({ connected: true, path: "punched", node_id: b.ready.node_id });
    const isThere = steps[0]?.step === "direct"; // they may have come to it by themselves before the user asked: behind these NATs no other way leads there
    if (probes > 0 && !isThere) expect(steps).toContainEqual(expect.objectContaining({ step: "guessing", probes }));
    await a.ask("join", ROOM);
    await b.ask("join", ROOM);
    await a.askUntil(["members", ROOM], (members) => members.some(({ node_id, via }) => node_id === b.ready.node_id && via === null));
    await a.ask("send", ROOM, "through the hole", "--wait", "delivered");
    expect(seen(atS, "CONNECT")).toEqual([]); // S is neither asked nor told
  });

  test("say why they do not, where both NATs give any port", async () => {
    const { steps } = await connect({ type: "symmetric" }, { type: "symmetric" });
    expect(steps.at(-1)).toMatchObject({ connected: false, reason: "nats-random" });
  });
});

interface Traces {
  readonly atA: Process;
  readonly atB: Process;
  readonly atS: Process;
}

/** Reads the seed's steps out of the three traces; resolves with the public endpoints of the hole. */
async function fiveSteps({ atA, atB, atS }: Traces): Promise<{ a: string; b: string }> {
  const port = expect.stringMatching(/^\d+$/);
  // 1. A opens a socket and tells S its port.
  const step1 = await see(atA, "CONNECT", "out");
  expect(step1).toMatchObject({ endpoint: S_ENDPOINT, data: { dst: B_PUBLIC, src: port } });
  const arrived = await see(atS, "CONNECT", "in");
  const a = arrived.endpoint;
  expect(a).toMatch(new RegExp(`^${A_PUBLIC}:`));
  // 2. S forwards it to B with A's observed endpoint, the addresses swapped.
  const step2 = await see(atS, "CONNECT", "out");
  expect(step2).toMatchObject({ endpoint: expect.stringMatching(new RegExp(`^${B_PUBLIC}:`)), data: { dst: a, src: B_PUBLIC } });
  expect(await see(atB, "CONNECT", "in")).toMatchObject({ endpoint: S_ENDPOINT, data: { dst: a } });
  // 3. B opens a socket, tells S its port, and begins to talk to A.
  expect(await see(atB, "CONNECT", "out")).toMatchObject({ endpoint: S_ENDPOINT, data: { dst: a, src: port } });
  await see(atB, "HELLO", "out", { endpoint: a });
  const b = (await see(atS, "CONNECT", "in", { count: 2 })).endpoint;
  expect(b).toMatch(new RegExp(`^${B_PUBLIC}:`));
  // 4. S forwards that to A, with B's observed endpoint.
  expect(await see(atS, "CONNECT", "out", { count: 2 })).toMatchObject({ endpoint: a, data: { dst: b, src: a } });
  expect(await see(atA, "CONNECT", "in")).toMatchObject({ endpoint: S_ENDPOINT, data: { dst: b, src: a } });
  // 5. A talks to B, and B hears it from A's hole.
  await see(atA, "HELLO", "out", { endpoint: b });
  await see(atB, "HELLO", "in", { endpoint: a });
  await see(atA, "HELLO", "in", { endpoint: b });
  return { a, b };
}
