/** Blocks that have just been written, for whoever puts a file together at once: they need not be read again. Of all files together. */
import type { KeptFile } from "./kept-file.ts";

/** As many as are under way of one file, and twice that. */
const BYTES_MAX = 16_777_216;

export class RecentBlocks {
  readonly #blocks = new Map<KeptFile, Map<number, Uint8Array>>();
  #bytes = 0;

  /** @param block - not to be changed before it is taken */
  put(file: KeptFile, index: number, block: Uint8Array): void {
    if (this.#bytes + block.length > BYTES_MAX) return; // whoever wants it reads it
    const blocks = this.#blocks.get(file) ?? new Map<number, Uint8Array>();
    blocks.set(index, block);
    this.#blocks.set(file, blocks);
    this.#bytes += block.length;
  }

  /** The block, for whoever asks first: he may change it. */
  take(file: KeptFile, index: number): Uint8Array | undefined {
    const blocks = this.#blocks.get(file);
    const block = blocks?.get(index);
    if (blocks === undefined || block === undefined) return undefined;
    blocks.delete(index);
    this.#bytes -= block.length;
    return block;
  }

  /** Nobody puts that file together any more. */
  forget(file: KeptFile): void {
    for (const block of this.#blocks.get(file)?.values() ?? []) this.#bytes -= block.length;
    this.#blocks.delete(file);
  }
}
