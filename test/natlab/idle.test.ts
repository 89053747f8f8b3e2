/** NATs that forget a mapping after 5 s: what two nodes have is still there after a long silence. */
import { afterAll, expect, test, vi } from "vitest";
import { type Lab, laboratory } from "./lab.ts";
import { meet } from "./meeting.ts";
import { pairsOf } from "./pairs.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const LIFETIME_S = 5;
/** Each at its own NAT: one that counts outbound datagrams only, and one that counts both ways. */
const HOLE = pairsOf(["port-restricted", "linux"]).slice(0, 1);
const RELAY = pairsOf(["symmetric", "linux-random"]).slice(0, 1);

laboratory("A and B, who say nothing for three lifetimes of their NATs' mappings", () => {
  const labs = new Set<Lab>();

  afterAll(async () => {
    await Promise.all([...labs].map((lab) => lab.down()));
  });

  test.concurrent.each([...HOLE, ...RELAY])("$a and $b: the next text goes at once, the way the last one went", async (pair) => {
    const met = await meet(pair, { lifetimeS: LIFETIME_S, onLab: (lab) => labs.add(lab) });
    const path = pair.possible === "plain" ? "punched" : "relay";
    expect([met.paths, met.woken?.samePath]).toEqual([[path, path], true]);
    expect(met.woken?.bothMs).toBeLessThan(2_000); // less than any way takes that is found anew
  });
});
