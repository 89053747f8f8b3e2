/** The blocks of one file on a disk: what is noted of them, and when. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type About, KeptFile } from "../../../src/app/files/kept-file.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import { directory } from "../running.ts";

const BLOCK = 4_096;
const ROOT = "ab".repeat(32);

function aboutOf(size: number): About {
  return { version: 1, root: ROOT, size, blockBytes: BLOCK, own: false, channels: [], whole: false, usedAt: 1, wanted: [] };
}

test("while blocks come only that is noted; what is to become of the file is written when that changes", async () => {
  const kept = await KeptFile.begin(sodiumCrypto, join(directory(), ROOT), aboutOf(3 * BLOCK));
  const [about, have] = [join(kept.directory, "about.json"), join(kept.directory, "have")];
  const { ino } = statSync(about);
  await kept.write(0, 1, new Uint8Array(BLOCK + 16));
  await kept.note();
  expect(readFileSync(have)).toEqual(Buffer.from([0b010]));
  expect(statSync(about).ino, "not written anew").toBe(ino);
  kept.about.usedAt = 2;
  await kept.note();
  expect(JSON.parse(readFileSync(about, "utf8"))).toMatchObject({ usedAt: 2, whole: false });
  for (const index of [0, 2]) await kept.write(0, index, new Uint8Array(BLOCK + 16));
  await kept.note();
  expect(JSON.parse(readFileSync(about, "utf8"))).toMatchObject({ whole: true });
  expect(() => statSync(have)).toThrow();
  await kept.close();
  const again = await KeptFile.restore(sodiumCrypto, kept.directory);
  expect([again.isWhole, again.about.usedAt]).toEqual([true, 2]);
});
