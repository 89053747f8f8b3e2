/** A file that is there whole or not at all, and never in the place of another that nobody wanted gone. */
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { ApiError } from "./api.ts";
import { syncDirectory, systemCode } from "./home.ts";

/** What people write has no business with others on the machine. */
const MODE = 0o600;

export class NewFile {
  readonly #path: string;
  readonly #part: string;
  readonly #over: boolean;
  readonly #handle: FileHandle;

  private constructor(path: string, part: string, over: boolean, handle: FileHandle) {
    this.#path = path;
    this.#part = part;
    this.#over = over;
    this.#handle = handle;
  }

  /**
   * Begins a file beside the place where it is to be.
   * @param over - it may take the place of one that is there
   * @throws ApiError `file-exists`, `file-unwritable`
   */
  static async begin(path: string, over: boolean): Promise<NewFile> {
    if (!over && (await isThere(path))) throw exists(path);
    const part = `${path}.part-${process.pid}`;
    try {
      return new NewFile(path, part, over, await open(part, "wx", MODE));
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** @throws ApiError `file-unwritable`; then nothing is left of it */
  async write(content: string | Uint8Array): Promise<void> {
    await this.#attempt(() => this.#handle.writeFile(content));
  }

  /** Flushes the file and puts it into its place. @throws ApiError `file-exists`, `file-unwritable` */
  async finish(): Promise<void> {
    await this.#attempt(async () => {
      await this.#handle.sync(); // before it has its name: else the name may reach the disk and the content not
      await this.#handle.close();
      if (this.#over) await rename(this.#part, this.#path);
      else await linkInto(this.#part, this.#path);
      await syncDirectory(dirname(this.#path));
    });
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#part, { force: true });
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.discard();
      throw systemCode(error) === "EEXIST" ? exists(this.#path) : unwritable(this.#path, error);
    }
  }
}

/** Unlike a rename it fails where somebody has made a file of that name meanwhile. */
export async function linkInto(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" || (await isThere(path))) throw error;
    await rename(part, path); // a file system without links, as of a memory stick
    return;
  }
  await rm(part);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await (await open(path, "r")).close();
    return true;
  } catch (error) {
    return systemCode(error) !== "ENOENT";
  }
}

function exists(path: string): ApiError {
  return new ApiError("file-exists", `${path} is there already: name another file, or write over it with --force`);
}

function unwritable(path: string, error: unknown): ApiError {
  const code = systemCode(error) ?? String(error);
  return new ApiError("file-unwritable", `${path} cannot be written: check the directory and the space on its disk (${code})`, code);
}
