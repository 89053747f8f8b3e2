/** A file in blocks and lists, made for the tests of whoever gives and fetches them. */

import { BLOCK_AD, blockId, blocksIn, filledBytes, LIST_MAX, listId, type Shape } from "../../../src/core/index.ts";
import { AEAD_TAG_BYTES } from "../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";

export interface SealedFile {
  readonly root: string;
  readonly shape: Shape;
  /** By level and number, as hosts keep them. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

export function sealedFile(size: number, blockBytes = 4_096, seed = 1): SealedFile {
  const shape = { size, blockBytes };
  const key = new Uint8Array(32).fill(seed);
  const parts = new Map<string, Uint8Array>();
  const ids: Uint8Array[] = [];
  for (let index = 0; index < blocksIn(shape); index++) {
    const sealed = new Uint8Array(filledBytes(shape, index) + AEAD_TAG_BYTES);
    sodiumCrypto.sealInto(sealed, key, index, BLOCK_AD, new Uint8Array(filledBytes(shape, index)).fill(index % 251));
    parts.set(`0 ${index}`, sealed);
    ids.push(Buffer.from(blockId(sodiumCrypto, sealed), "hex"));
  }
  const listIds: Uint8Array[] = [];
  for (let from = 0; from < ids.length; from += LIST_MAX) {
    const list = new Uint8Array(Buffer.concat(ids.slice(from, from + LIST_MAX)));
    parts.set(`1 ${listIds.length}`, list);
    listIds.push(Buffer.from(listId(sodiumCrypto, list), "hex"));
  }
  const top = new Uint8Array(Buffer.concat(listIds));
  if (listIds.length > 1) parts.set("2 0", top);
  const root = listIds.length === 1 ? Buffer.from(top).toString("hex") : listId(sodiumCrypto, top);
  return { root, shape, parts };
}
