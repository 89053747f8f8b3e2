/** S is killed without a word: who talks directly goes on, who talked over it goes on over another neighbour of both. */
import { afterAll, expect, test, vi } from "vitest";
import type { Node } from "../foreign/node.ts";
import { type Box, behaviourOf } from "./behaviours.ts";
import { Lab, laboratory, S_ENDPOINT } from "./lab.ts";
import { gotText, wentDirect } from "./meeting.ts";
import { Talker } from "./talker.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const CHANNEL = "#lobby";
const S2_ENDPOINT = "203.0.113.11:7667";
/** A text over a path that is there; far less than it takes to miss S. */
const AT_ONCE_MS = 2_000;
/** S is silent for 6 s before anybody takes it for gone. */
const MISSED_MS = 9_000;

laboratory("A and B, who both know S and S2", () => {
  const labs: Lab[] = [];

  afterAll(async () => {
    await Promise.all(labs.map((lab) => lab.down()));
  });

  test.concurrent("talk on through their hole when S is killed, and do not notice", async () => {
    const { a, b, rendezvous } = await meetBehind("port-restricted");
    expect(await Promise.all([wentDirect(a, b), wentDirect(b, a)])).not.toContain(null);
    const said = [a, b].map(({ heard }) => heard.length);
    for (const node of rendezvous.values()) kill(node);
    for (const tookMs of await exchange(a, b, "after")) expect(tookMs).toBeLessThan(AT_ONCE_MS);
    const moves = [a, b].flatMap(({ heard }, at) => heard.slice(said[at]).filter(({ event }) => event.type === "path"));
    expect(moves).toEqual([]);
  });

  test.concurrent("whose NATs let nothing else through, go on over S2 when S is killed", async () => {
    const { a, b, rendezvous } = await meetBehind("symmetric");
    const used = (await a.door.peers()).find(({ id }) => id === b.nodeId)?.via ?? "";
    kill(rendezvous.get(used));
    for (const tookMs of await exchange(a, b, "after")) expect(tookMs).toBeLessThan(MISSED_MS);
    const left = [S_ENDPOINT, S2_ENDPOINT].find((endpoint) => endpoint !== used);
    expect((await a.door.peers()).find(({ id }) => id === b.nodeId)).toMatchObject({ path: "relay", via: left, live: true });
  });

  /** Both behind a NAT of that kind, introduced, and with a text from each at the other. */
  async function meetBehind(kind: string): Promise<{ a: Talker; b: Talker; rendezvous: ReadonlyMap<string, Node> }> {
    const [box] = behaviourOf(kind).boxes as [Box];
    const hosts = { S: { addr: "203.0.113.10" }, S2: { addr: "203.0.113.11" }, A: { nat: "NA" }, B: { nat: "NB" } };
    const lab = await Lab.of({ hosts, nats: { NA: box, NB: box } });
    labs.push(lab);
    const rendezvous = new Map([
      [S_ENDPOINT, await lab.rendezvous("S", S_ENDPOINT)],
      [S2_ENDPOINT, await lab.rendezvous("S2", S2_ENDPOINT)],
    ]);
    const start = (host: string) => Talker.start(lab, host, { peers: [S_ENDPOINT, S2_ENDPOINT] });
    const [a, b] = await Promise.all([start("A"), start("B")]);
    expect(await Promise.all([a, b].map((each) => each.holds(2, 10_000)))).toEqual([true, true]);
    for (const each of [a, b]) await each.door.join({ channel: CHANNEL });
    await exchange(a, b, "before");
    return { a, b, rendezvous };
  }
});

/** Each says something; how long it took until the other showed it, in ms. */
async function exchange(a: Talker, b: Talker, words: string): Promise<number[]> {
  const sentMs = performance.now();
  for (const each of [a, b]) await each.door.send({ channel: CHANNEL, text: `${words} ${each.nodeId}` });
  const texts = await Promise.all([gotText(a, `${words} ${b.nodeId}`), gotText(b, `${words} ${a.nodeId}`)]);
  return texts.map((heard) => {
    if (heard === null) throw new Error(`a text said ${words} did not come`);
    return heard.atMs - sentMs;
  });
}

function kill(node: Node | undefined): void {
  if (node === undefined) throw new Error("nobody to kill");
  process.kill(node.process.pid, "SIGKILL");
}
