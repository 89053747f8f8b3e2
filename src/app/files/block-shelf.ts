/** The files of which this node keeps blocks: a directory for each in the home, named by its root. cli.md "Files". */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Crypto } from "../../crypto/index.ts";
import { writeWhole } from "../whole-file.ts";
import { type About, KeptFile } from "./kept-file.ts";

/** Of others' files, where the user has said nothing else. */
export const KEEP_BYTES = 1_073_741_824;
const ROOT = /^[0-9a-f]{64}$/;
const SETTINGS = "settings.json";

export class BlockShelf {
  readonly directory: string;
  readonly #crypto: Crypto;
  readonly #files = new Map<string, KeptFile>();
  readonly #beginning = new Map<string, Promise<KeptFile>>();
  /** Bytes of others' files that are kept at most. */
  keepBytes = KEEP_BYTES;

  private constructor(crypto: Crypto, directory: string) {
    this.#crypto = crypto;
    this.directory = directory;
  }

  /** Finds what is there; what was being made when the node ended goes. @throws what the system says */
  static async open(crypto: Crypto, directory: string): Promise<BlockShelf> {
    const shelf = new BlockShelf(crypto, directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      if (ROOT.test(name)) await shelf.#restore(name);
      else if (name !== SETTINGS) await rm(join(directory, name), { recursive: true, force: true });
    }
    const { keepBytes } = JSON.parse(await readFile(join(directory, SETTINGS), "utf8").catch(() => "{}")) as { keepBytes?: number };
    if (keepBytes !== undefined) shelf.keepBytes = keepBytes;
    return shelf;
  }

  all(): IterableIterator<KeptFile> {
    return this.#files.values();
  }

  at(root: string): KeptFile | undefined {
    return this.#files.get(root);
  }

  /** The file that is kept under a root; where it is none, it begins to be. @throws what the system says */
  async begin(about: About): Promise<KeptFile> {
    const known = this.#files.get(about.root);
    if (known !== undefined) return known;
    const beginning = this.#beginning.get(about.root) ?? this.#begin(about).finally(() => this.#beginning.delete(about.root));
    this.#beginning.set(about.root, beginning);
    return beginning;
  }

  async #begin(about: About): Promise<KeptFile> {
    const file = await KeptFile.begin(this.#crypto, join(this.directory, about.root), about);
    this.#files.set(about.root, file);
    return file;
  }

  /** Takes over the directory of a file that is complete. */
  async adopt(root: string): Promise<KeptFile> {
    const file = await KeptFile.restore(this.#crypto, join(this.directory, root));
    this.#files.set(root, file);
    return file;
  }

  async remove(file: KeptFile): Promise<void> {
    this.#files.delete(file.about.root);
    await file.remove();
  }

  /** Bytes on the disk of one's own files, or of others'. */
  bytes(own: boolean): number {
    let bytes = 0;
    for (const file of this.#files.values()) if (file.about.own === own) bytes += file.diskBytes;
    return bytes;
  }

  async setKeep(bytes: number): Promise<void> {
    this.keepBytes = bytes;
    await writeWhole(join(this.directory, SETTINGS), JSON.stringify({ keepBytes: bytes }));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  /** One whose notes do not read is of no use: nobody knows how long it is. */
  async #restore(root: string): Promise<void> {
    const directory = join(this.directory, root);
    const file = await KeptFile.restore(this.#crypto, directory).catch(() => null);
    if (file !== null && file.about.root === root) this.#files.set(root, file);
    else await rm(directory, { recursive: true, force: true });
  }
}
