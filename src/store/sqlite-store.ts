/** The store on disk: one encrypted SQLite file, a writer in its own thread, a reader in this one. */
import { Worker } from "node:worker_threads";
import type {
  Archived,
  Change,
  HistoryQuery,
  Holding,
  NodeReader,
  Oldest,
  OldestQuery,
  PageQuery,
  Restored,
  Store,
  StoredContact,
  StoredEntry,
  StoredKey,
  StoredNick,
  StoredQuiet,
  StoredQuota,
} from "../core/index.ts";
import type { Guid } from "../wire/index.ts";
import { checkBatch } from "./change-check.ts";
import { inspect, KEY_BYTES, openReading, openWriting } from "./connection.ts";
import { closed, faultOf, holeInLog, StoreError } from "./fault.ts";
import type { Around } from "./history.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { Reader } from "./reader.ts";
import type { PagePrimitives } from "./salvage/page-cipher.ts";
import { lostFrames } from "./salvage/page-file.ts";
import type { Answer, Fault, Report, Request } from "./writer.ts";

export interface SqliteStoreOptions {
  /** Made when there is none; its directory must exist. */
  readonly file: string;
  /** 32 random bytes: the file is encrypted with exactly these. */
  readonly key: Uint8Array;
  /** What pages are sealed with: with it a damaged write-ahead log is found out before SQLite cuts it off. */
  readonly primitives?: PagePrimitives;
}

/**
 * Opens the store, makes the file when there is none.
 * @throws StoreError `wrong-key`, `damaged`, `too-new`, `unreadable`, `disk-full` or `io-error`; then the file is as it was
 */
export async function openSqliteStore({ file, key, primitives }: SqliteStoreOptions): Promise<Store> {
  if (key.length !== KEY_BYTES) throw new RangeError(`key must have ${KEY_BYTES} bytes, not ${key.length}`);
  if (primitives !== undefined && lostFrames(file, key, primitives) > 0) throw holeInLog(file);
  const worker = startWriter(); // first, since its start takes longer than all else here
  try {
    const reader = openReader(file, key);
    worker.postMessage({ kind: "open", file, key } satisfies Request);
    return new SqliteStore(file, worker, reader);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

// In this thread, so that whatever is wrong with the file is told at once.
function openReader(file: string, key: Uint8Array): Reader {
  const schema = inspect(file, key);
  try {
    if (schema < SCHEMA_VERSION) openWriting(file, key).close();
    return new Reader(openReading(file, key));
  } catch (error) {
    throw faultOf(error, file);
  }
}

function startWriter(): Worker {
  // From a checkout this is TypeScript, which Node runs as it is; from the package, JavaScript beside this file.
  const name = import.meta.url.endsWith(".ts") ? "./writer.ts" : "./writer.js";
  return new Worker(new URL(name, import.meta.url));
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

class SqliteStore implements Store {
  readonly events: NodeReader = {
    branchOf: (...asked) => this.#read(({ events }) => events.branchOf(...asked)),
    event: (...asked) => this.#read(({ events }) => events.event(...asked)),
    range: (...asked) => this.#read(({ events }) => events.range(...asked)),
    meant: (...asked) => this.#read(({ events }) => events.meant(...asked)),
    isTouched: (...asked) => this.#read(({ events }) => events.isTouched(...asked)),
    effectsOn: (...asked) => this.#read(({ events }) => events.effectsOn(...asked)),
    latest: (...asked) => this.#read(({ events }) => events.latest(...asked)),
    mailboxOf: (...asked) => this.#read(({ parcels }) => parcels.mailboxOf(...asked)),
    statementsBy: (...asked) => this.#read(({ events }) => events.statementsBy(...asked)),
    published: (...asked) => this.#read(({ keysOf }) => keysOf.published(...asked)),
    prekeys: (...asked) => this.#read(({ keysOf }) => keysOf.prekeys(...asked)),
    senderKey: (...asked) => this.#read(({ keysOf }) => keysOf.senderKey(...asked)),
    unopened: (...asked) => this.#read(({ keysOf }) => keysOf.unopened(...asked)),
    awaited: (...asked) => this.#read(({ keysOf }) => keysOf.awaited(...asked)),
    closed: (...asked) => this.#read(({ keysOf }) => keysOf.closed(...asked)),
    closedCounts: (...asked) => this.#read(({ keysOf }) => keysOf.closedCounts(...asked)),
    sealedAt: (...asked) => this.#read(({ keysOf }) => keysOf.sealedAt(...asked)),
    parcels: (...asked) => this.#read(({ parcels }) => parcels.parcels(...asked)),
    hasParcel: (id) => this.#read(({ parcels }) => parcels.hasParcel(id)),
    usage: (owner) => this.#read(({ parcels }) => parcels.usage(owner)),
  };
  readonly #file: string;
  readonly #worker: Worker;
  readonly #reader: Reader;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #nextId = 0;
  /** Why no call is taken any more. */
  #over: StoreError | null = null;

  constructor(file: string, worker: Worker, reader: Reader) {
    this.#file = file;
    this.#worker = worker;
    this.#reader = reader;
    this.#ended = new Promise((resolve) => worker.once("exit", () => resolve()));
    worker.on("message", (report: Report) => this.#onReport(report));
    worker.on("error", (error) => this.#fail(new StoreError("io-error", `the writer of ${file} failed: start again`, { cause: error })));
    worker.on("exit", () => this.#fail(new StoreError("io-error", `the writer of ${file} ended: start again`)));
  }

  async write(batch: readonly Change[]): Promise<void> {
    if (this.#over !== null) throw this.#over;
    checkBatch(batch);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#request({ kind: "write", id, batch });
      this.#waiting.set(id, { resolve, reject });
    });
  }

  restore(): Restored {
    return this.#read((reader) => reader.restore());
  }

  history(query: HistoryQuery): StoredEntry[] {
    return this.#read((reader) => reader.history(query));
  }

  named(prefix: string, most: number): StoredEntry[] {
    return this.#read((reader) => reader.named(prefix, most));
  }

  holding(channelId: Guid): Holding {
    return this.#read((reader) => reader.holding(channelId));
  }

  oldest(query: OldestQuery): Oldest | null {
    return this.#read((reader) => reader.oldest(query));
  }

  quotas(): StoredQuota[] {
    return this.#read((reader) => reader.quotas());
  }

  page(query: PageQuery): Archived[] {
    return this.#read((reader) => reader.page(query));
  }

  keys(channelId: Guid): StoredKey[] {
    return this.#read((reader) => reader.keys(channelId));
  }

  contacts(): StoredContact[] {
    return this.#read((reader) => reader.contacts());
  }

  nicks(): StoredNick[] {
    return this.#read((reader) => reader.nicks());
  }

  search(words: string, most: number, channelId: Guid | null): StoredEntry[] {
    return this.#read((reader) => reader.search(words, most, channelId));
  }

  around(channelId: Guid, id: string, most: number): Around {
    return this.#read((reader) => reader.around(channelId, id, most));
  }

  quietNodes(): StoredQuiet[] {
    return this.#read((reader) => reader.quietNodes());
  }

  async close(): Promise<void> {
    if (this.#over?.code !== "closed") {
      this.#over = closed(this.#file);
      this.#reader.close(); // first, so that the writer is the last one and folds the WAL into the file
      this.#request({ kind: "close" });
    }
    await this.#ended;
  }

  #read<T>(read: (reader: Reader) => T): T {
    if (this.#over?.code === "closed") throw this.#over;
    try {
      return read(this.#reader);
    } catch (error) {
      throw faultOf(error, this.#file);
    }
  }

  #request(request: Request): void {
    this.#worker.postMessage(request);
  }

  #onReport(report: Report): void {
    if (report.kind === "failed") this.#fail(storeError(report.fault));
    else for (const answer of report.answers) this.#onAnswer(answer);
  }

  #onAnswer({ id, fault }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault === null) waiting?.resolve();
    else waiting?.reject(storeError(fault));
  }

  #fail(error: StoreError): void {
    this.#over ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function storeError({ code, message }: Fault): StoreError {
  return new StoreError(code, message);
}
