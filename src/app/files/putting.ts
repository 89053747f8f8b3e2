/** Puts a file together of its blocks, as they come, where the user wants it. PROTOCOL.md §21.1. */
import { rm } from "node:fs/promises";
import { BLOCK_AD, blocksIn, contentBytes, type FileInfo } from "../../core/index.ts";
import { AEAD_TAG_BYTES, type Crypto } from "../../crypto/index.ts";
import { ApiError } from "../api.ts";
import type { KeptFile, Wanted } from "./kept-file.ts";
import type { RecentBlocks } from "./recent-blocks.ts";
import { TargetFile } from "./target-file.ts";

/**
 * Nothing is under the final name before all of it is on the disk, and where this fails nothing is left.
 * @param onDamage - called when a block that was here is not as it was: it has to be fetched again
 * @returns where the file is
 * @throws ApiError `file-unwritable`, `disk-full`, `file-untrue`, and what the fetch ends with
 */
export async function putTogether(
  crypto: Crypto,
  kept: KeptFile,
  recent: RecentBlocks,
  info: FileInfo,
  wanted: Wanted,
  onDamage: () => void,
): Promise<string> {
  if (wanted.part !== null) await rm(wanted.part, { force: true }); // of before the node ended
  const target = await TargetFile.begin(wanted.directory, wanted.name);
  try {
    wanted.part = target.part;
    await kept.note();
    const key = Buffer.from(info.key, "hex");
    for (let index = 0; index < blocksIn(info); ) {
      await kept.whenHere(index);
      const plain = opened(crypto, key, index, recent.take(kept, index) ?? (await kept.peek(index)));
      if (plain !== null) {
        await target.write(plain.subarray(0, contentBytes(info, index++)));
        letGo(plain);
      } else if ((await kept.read(0, index)) === null) onDamage();
      else throw new ApiError("file-untrue", "the file does not open with the key that its author gave, so nobody can have it", "untrue");
    }
    return await target.finish();
  } catch (error) {
    await target.discard();
    throw error;
  }
}

/** Frees what a block takes. Left to the collector, a few hundred of them would have it look through all that lives again and again. */
function letGo({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** What is in a sealed block, whose bytes it takes over; null where it does not open. */
function opened(crypto: Crypto, key: Uint8Array, index: number, sealed: Uint8Array | null): Uint8Array | null {
  if (sealed === null) return null;
  const plain = sealed.subarray(0, sealed.length - AEAD_TAG_BYTES);
  return crypto.openInto(plain, key, index, BLOCK_AD, sealed) ? plain : null;
}
