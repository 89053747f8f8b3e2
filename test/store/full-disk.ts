/**
 * Mounts a small disk on the directory named by the first argument (it is run in a mount namespace of its own), fills it
 * and prints what the store did, as one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/index.ts";
import { ADA, KEY, LOBBY, post } from "./changes.ts";
import { growth, heldOf, highOf } from "./growing-log.ts";

const [disk = ""] = process.argv.slice(2);
const BALLAST_BYTES = 512 * 1_024;
const BIG = "x".repeat(20_000);

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error));

execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
const file = join(disk, "store.db");
const ballast = join(disk, "ballast");

/** Takes all the space that is left. */
function fill(): void {
  try {
    for (;;) appendFileSync(ballast, Buffer.alloc(4_096));
  } catch (error) {
    if (codeOf(error) !== "ENOSPC") throw error;
  }
}

fill();
const opening = await openSqliteStore({ file, key: KEY }).then(() => "opened", codeOf);

writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
const store = await openSqliteStore({ file, key: KEY });
const kept: number[] = [];
const codes: unknown[] = [];
for (let n = 1; codes.length < 3 && n < 1_000; n += 2) {
  // Two entries and a part of a log each: either all are kept or none.
  await store.write([post(n, { body: BIG }), ...growth(ADA, n, n + 1), post(n + 1, { body: BIG })]).then(
    () => kept.push(n, n + 1),
    (error: unknown) => codes.push(codeOf(error)),
  );
}
const there = () => store.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
const whileFull = there();
const log = { row: highOf(store, ADA), held: heldOf(store, ADA) };

// A batch that does not fit, between two that do once there is space.
rmSync(ballast);
const huge = Array.from({ length: 100 }, (_, n) => post(5_000 + n, { body: BIG }));
const together = await Promise.all([[post(2_001)], huge, [post(2_002)]].map((batch) => store.write(batch).then(() => "kept", codeOf)));
const afterwards = there();
await store.close();

fill();
const full = await openSqliteStore({ file, key: KEY });
const reopened = full.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
await full.close();
rmSync(ballast);

const again = await openSqliteStore({ file, key: KEY });
const atLast = again.history({ channelId: LOBBY, most: 1_000 }).map(({ id }) => Number.parseInt(id, 16));
await again.close();
console.log(JSON.stringify({ opening, kept, codes, whileFull, log, together, afterwards, reopened, atLast }));
