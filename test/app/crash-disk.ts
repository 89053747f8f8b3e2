/**
 * A disk whose power fails: what was not flushed may have reached it or not, in part or whole. Knows files of one
 * directory, and tells everything that may be found under a name after a crash at this moment.
 */
import { basename } from "node:path";
import type { Files, OpenFile } from "../../src/app/whole-file.ts";

interface Inode {
  /** What was flushed last; null while nothing was. */
  durable: string | null;
  now: string;
}
type Entries = ReadonlyMap<string, Inode>;

export class CrashDisk implements Files {
  /** How many calls were carried out. */
  steps = 0;
  readonly #crashAt: number;
  #entries: Map<string, Inode>;
  /** The directory as flushed, then after each change since. */
  #history: Entries[];

  /** @param crashAt - the call at which the power fails, from 0 on */
  constructor(files: Readonly<Record<string, string>>, crashAt = Number.POSITIVE_INFINITY) {
    this.#entries = new Map(Object.entries(files).map(([name, text]) => [name, { durable: text, now: text }]));
    this.#history = [new Map(this.#entries)];
    this.#crashAt = crashAt;
  }

  async open(path: string, flags: "r" | "w"): Promise<OpenFile> {
    this.#step();
    return flags === "r" ? this.#directory() : this.#file(this.#created(basename(path)));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step();
    const inode = this.#entries.get(basename(from));
    if (inode === undefined) throw new Error("ENOENT");
    this.#entries.delete(basename(from));
    this.#entries.set(basename(to), inode);
    this.#note();
  }

  /** All that may be found under a name after a crash now; null for "no such file". */
  possible(name: string): Set<string | null> {
    return new Set(this.#history.map((entries) => entries.get(name)).flatMap((inode) => (inode === undefined ? [null] : contents(inode))));
  }

  #created(name: string): Inode {
    const inode = this.#entries.get(name) ?? { durable: null, now: "" };
    inode.now = "";
    if (!this.#entries.has(name)) {
      this.#entries.set(name, inode);
      this.#note();
    }
    return inode;
  }

  #file(inode: Inode): OpenFile {
    return this.#handle({
      writeFile: async (text: string) => {
        inode.now = text;
      },
      sync: async () => {
        inode.durable = inode.now;
      },
    });
  }

  #directory(): OpenFile {
    return this.#handle({
      sync: async () => {
        this.#history = [new Map(this.#entries)];
      },
    });
  }

  #handle(calls: object): OpenFile {
    const all = { chmod: async () => {}, writeFile: async () => {}, sync: async () => {}, close: async () => {}, ...calls };
    const counted = Object.entries(all).map(([name, call]) => [
      name,
      (argument: never) => {
        this.#step();
        return (call as (argument: never) => Promise<void>)(argument);
      },
    ]);
    return Object.fromEntries(counted) as OpenFile;
  }

  #note(): void {
    this.#history.push(new Map(this.#entries));
  }

  #step(): void {
    if (this.steps++ >= this.#crashAt) throw new Error("the power has failed");
  }
}

/** What was flushed; and unless that is all, what was written since, or its beginning. */
function contents({ durable, now }: Inode): string[] {
  return durable === now ? [now] : [durable ?? "", now, now.slice(0, now.length >> 1)];
}
