/** A file that is open while it is used, and a little longer: a node keeps many files, and uses few at a time. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const IDLE_MS = 2_000;
const MODE = 0o600;

export class IdleFile {
  readonly #path: string;
  #handle: Promise<FileHandle> | null = null;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws what the system says, ENOSPC above all */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#use(async (handle) => {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    });
  }

  /** Fills `into` from `at` on. @throws what the system says, or RangeError where the file ends before */
  async read(into: Uint8Array, at: number, position: number): Promise<void> {
    await this.#use(async (handle) => {
      for (let to = at; to < into.length; ) {
        const { bytesRead } = await handle.read(into, to, into.length - to, position + to - at);
        if (bytesRead === 0) throw new RangeError("the file ends before");
        to += bytesRead;
      }
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const handle = this.#handle;
    this.#handle = null;
    await (await handle?.catch(() => undefined))?.close();
  }

  async #use<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#users++;
    this.#handle ??= open(this.#path, constants.O_RDWR | constants.O_CREAT, MODE);
    try {
      return await work(await this.#handle);
    } catch (error) {
      if (this.#users === 1) await this.close(); // perhaps it could not even be opened: the next one tries anew
      throw error;
    } finally {
      if (--this.#users === 0) this.#timer = setTimeout(() => void this.close().catch(() => {}), IDLE_MS).unref();
    }
  }
}
