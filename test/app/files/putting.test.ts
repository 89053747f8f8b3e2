/** Putting a file together of blocks that have just come. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KeptFile } from "../../../src/app/files/kept-file.ts";
import { putTogether } from "../../../src/app/files/putting.ts";
import { RecentBlocks } from "../../../src/app/files/recent-blocks.ts";
import { BLOCK_AD, type FileInfo } from "../../../src/core/index.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import { directory } from "../running.ts";

test("what a block took is free again once its content is in the file", async () => {
  const scratch = directory();
  const [key, content] = [new Uint8Array(32).fill(7), new Uint8Array(4_096).fill(3)];
  const sealed = new Uint8Array(content.length + 16);
  crypto.sealInto(sealed, key, 0, BLOCK_AD, content);
  const shape = { root: "ab".repeat(32), size: content.length, blockBytes: content.length };
  const kept = await KeptFile.begin(crypto, join(scratch, "kept"), {
    ...{ version: 1, ...shape, own: false, channels: [], whole: false, usedAt: 1 },
    wanted: [],
  });
  await kept.write(0, 0, sealed);
  const recent = new RecentBlocks();
  recent.put(kept, 0, sealed);
  const info: FileInfo = { ...shape, name: "x", type: "text/plain", key: Buffer.from(key).toString("hex"), pixels: null, preview: null };
  const wanted = { event: "", directory: scratch, name: "x.txt", part: null };
  const path = await putTogether(crypto, kept, recent, info, wanted, () => expect.unreachable("nothing is damaged"));
  expect(new Uint8Array(readFileSync(path))).toEqual(content);
  expect(sealed.buffer.byteLength).toBe(0);
  const again = await putTogether(crypto, kept, recent, info, { ...wanted, name: "again.txt" }, () => expect.unreachable());
  expect(new Uint8Array(readFileSync(again)), "from the disk").toEqual(content);
  await kept.close();
});
