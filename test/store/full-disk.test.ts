import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { child } from "./child.ts";
import { directory } from "./directory.ts";

/** Root needs a mount namespace, so that the small disk goes with the process; others a user namespace too. */
const NAMESPACE = process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--mount", "--map-root-user"];
const canMount = spawnSync(NAMESPACE[0] ?? "", [...NAMESPACE.slice(1), "true"]).status === 0;

interface Told {
  opening: string;
  kept: number[];
  codes: string[];
  whileFull: number[];
  log: { row: number; held: number };
  together: string[];
  afterwards: number[];
  reopened: number[];
  atLast: number[];
}

test.skipIf(!canMount)(
  "on a full disk whole batches are refused with disk-full, what is kept stays readable, and the store goes on once there is space",
  async () => {
    const told: string[] = [];
    for await (const line of child("./full-disk.ts", [directory()], NAMESPACE).lines) told.push(line);
    const { opening, kept, codes, whileFull, log, together, afterwards, reopened, atLast } = JSON.parse(told.join("")) as Told;
    expect(opening).toBe("disk-full");
    expect(kept.length).toBeGreaterThan(4);
    expect(codes).toEqual(["disk-full", "disk-full", "disk-full"]);
    expect(whileFull).toEqual(kept);
    expect(log).toEqual({ row: kept.at(-1), held: kept.at(-1) });
    expect(together).toEqual(["kept", "disk-full", "kept"]);
    expect(afterwards).toEqual([...kept, 2_001, 2_002]);
    expect(reopened).toEqual(afterwards);
    expect(atLast).toEqual(afterwards);
  },
  30_000,
);
