/**
 * The file that a user gets: written beside its place under a name of its own, flushed, and put into its place when it is
 * whole. It never takes the place of another, and follows no symbolic link there.
 */
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory, systemCode } from "../home.ts";
import { linkInto } from "../new-file.ts";
import { diskFault } from "./disk-fault.ts";
import { numberedName } from "./file-name.ts";

/** For this user alone, as all that the node writes. */
const MODE = 0o600;
/** Files of one name beside each other. */
const NUMBERS_MAX = 10_000;

export class TargetFile {
  /** Where it is written until it is whole. */
  readonly part: string;
  readonly #handle: FileHandle;
  readonly #directory: string;
  readonly #name: string;

  private constructor(directory: string, name: string, part: string, handle: FileHandle) {
    this.#directory = directory;
    this.#name = name;
    this.part = part;
    this.#handle = handle;
  }

  /** @throws ApiError `file-unwritable`, `disk-full` */
  static async begin(directory: string, name: string): Promise<TargetFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
    for (let number = 1; ; number++) {
      const part = join(directory, `${numberedName(name, number)}.part`);
      try {
        return new TargetFile(directory, name, part, await open(part, flags, MODE));
      } catch (error) {
        if (systemCode(error) !== "EEXIST" || number === NUMBERS_MAX) throw diskFault(part, error);
      }
    }
  }

  /** Adds bytes at the end. @throws ApiError `file-unwritable`, `disk-full` */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
    } catch (error) {
      throw diskFault(this.part, error);
    }
  }

  /** Puts it into its place, or beside what is there. @returns where that is @throws ApiError `file-unwritable`, `disk-full` */
  async finish(): Promise<string> {
    try {
      await this.#handle.sync(); // before it has its name: else the name may reach the disk and the content not
      await this.#handle.close();
      const path = await this.#place();
      await syncDirectory(dirname(path));
      return path;
    } catch (error) {
      throw diskFault(this.part, error);
    }
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.part, { force: true });
  }

  async #place(): Promise<string> {
    for (let number = 1; ; number++) {
      const path = join(this.#directory, numberedName(this.#name, number));
      try {
        await linkInto(this.part, path);
        return path;
      } catch (error) {
        if (systemCode(error) !== "EEXIST" || number === NUMBERS_MAX) throw error;
      }
    }
  }
}
