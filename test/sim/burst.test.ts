/** Many nodes that call one another at the same instant: each pair must get its session, whatever is lost on the way. */
import { describe, expect, it } from "vitest";
import { openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { type Host, Simulator } from "../../src/sim/index.ts";
import { type Endpoint, guidFrom } from "../../src/wire/index.ts";

const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, "burst"));

interface Burst {
  readonly nodes: number;
  /** Of each datagram on each of the two links that it crosses. */
  readonly loss: number;
  /** Whom the node at that place calls. */
  readonly calls: (at: number, all: readonly Endpoint[]) => readonly Endpoint[];
}

/** @returns the milliseconds until every pair has a session; null when that took longer than `withinMs` */
function meet(seed: number, { nodes, loss, calls }: Burst, withinMs: number): number | null {
  const simulator = new Simulator({ seed, crypto: sodiumCrypto });
  const hosts: Host[] = Array.from({ length: nodes }, (_, at) => simulator.add({ name: `N${at}` }));
  for (const { link } of hosts) Object.assign(link, { delayMs: 20, jitterMs: 30, loss });
  for (const host of hosts) host.start();
  simulator.run(1);
  const all = hosts.map((host) => host.endpoint());
  for (const [at, host] of hosts.entries()) host.command({ kind: "join", channelId: CHANNEL, name: "burst", at: calls(at, all) });
  const haveMet = () => hosts.every((host) => host.node.sessions().length === nodes - 1);
  for (let ms = 0; ms < withinMs; ms += 1_000) {
    simulator.run(1_000);
    if (haveMet()) return ms + 1_000;
  }
  return null;
}

const othersBefore: Burst["calls"] = (at, all) => all.slice(0, at);
const allOthers: Burst["calls"] = (at, all) => all.filter((_, other) => other !== at);

describe("nodes that call one another all at once", () => {
  it.each([
    ["each calls all others", allOthers],
    ["each calls those before it", othersBefore],
  ])("have a session with each within a second, where nothing is lost: 30 of them, %s", { timeout: 30_000 }, (_how, calls) => {
    expect(meet(1, { nodes: 30, loss: 0, calls }, 5_000)).toBe(1_000);
  });

  it("have one within a minute where 44 % of all datagrams are lost: 16 of them, four seeds", { timeout: 30_000 }, () => {
    for (let seed = 1; seed <= 4; seed++)
      expect(meet(seed, { nodes: 16, loss: 0.25, calls: othersBefore }, 60_000), `seed ${seed}`).not.toBeNull();
  });

  it("have one within 30 s where all know one only: 24 of them", { timeout: 60_000 }, () => {
    expect(meet(1, { nodes: 24, loss: 0, calls: (at, all) => (at === 0 ? [] : all.slice(0, 1)) }, 30_000)).not.toBeNull();
  });
});
