/**
 * The writer's thread. It commits a batch at once when idle; what arrives during a flush is committed together by the
 * next one. Only when it has answered does it go on filling the search index, and while writes keep coming not even then.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from "node:worker_threads";
import type { Change, StoreErrorCode } from "../core/index.ts";
import { ChangeWriter } from "./change-writer.ts";
import { type Connection, openWriting } from "./connection.ts";
import { faultOf } from "./fault.ts";
import { INDEX_PAUSE_MS, IndexPace } from "./index-pace.ts";
import { SearchIndex } from "./search-index.ts";

/** To the writer: `open` comes first, once the file is known to be good; after `close` comes nothing more. */
export type Request =
  | { readonly kind: "open"; readonly file: string; readonly key: Uint8Array }
  | { readonly kind: "write"; readonly id: number; readonly batch: readonly Change[] }
  | { readonly kind: "close" };

/** From the writer: an answer to every write, or once `failed` when it could not begin. */
export type Report = { readonly kind: "answers"; readonly answers: readonly Answer[] } | { readonly kind: "failed"; readonly fault: Fault };

/** `fault` is null when the batch is on the disk. */
export interface Answer {
  readonly id: number;
  readonly fault: Fault | null;
}

/** A StoreError as plain data, as it crosses threads. */
export interface Fault {
  readonly code: StoreErrorCode;
  readonly message: string;
}

/** Batches committed together at most: bounds how long the first of them waits for the others. */
const GROUP_BATCHES_MAX = 1_024;

type Open = Extract<Request, { kind: "open" }>;
type Write = Extract<Request, { kind: "write" }>;

class Writer {
  readonly #port: MessagePort;
  readonly #file: string;
  readonly #db: Connection;
  readonly #changes: ChangeWriter;
  readonly #index: SearchIndex;
  readonly #pace = new IndexPace();
  #indexTimer: NodeJS.Timeout | null = null;

  constructor(port: MessagePort, { file, key }: Open) {
    this.#port = port;
    this.#file = file;
    this.#db = openWriting(file, key);
    this.#changes = new ChangeWriter(this.#db);
    this.#index = new SearchIndex(this.#db);
    port.on("message", (first: Request) => this.#take(first));
    this.#indexSoon(0); // what a crash left unindexed
  }

  #take(first: Request): void {
    const group: Write[] = [];
    let next: Request | undefined = first;
    while (next !== undefined && next.kind === "write") {
      group.push(next);
      next = group.length < GROUP_BATCHES_MAX ? receive(this.#port) : undefined;
    }
    if (group.length > 0) this.#write(group);
    if (next?.kind === "close") this.#close();
  }

  #write(group: readonly Write[]): void {
    const answers = this.#keep(group);
    this.#port.postMessage({ kind: "answers", answers } satisfies Report);
    this.#pace.noteWrite(performance.now());
    this.#indexSoon(INDEX_PAUSE_MS);
  }

  // Batches stand or fall each by itself: when a group cannot be kept, each of them gets its own try.
  #keep(group: readonly Write[]): Answer[] {
    try {
      this.#changes.commit(group.map((write) => write.batch));
      return group.map(({ id }) => ({ id, fault: null }));
    } catch (error) {
      if (group.length > 1) return group.flatMap((write) => this.#keep([write]));
      return group.map(({ id }) => ({ id, fault: plainFault(error, this.#file) }));
    }
  }

  #indexSoon(delayMs: number): void {
    this.#indexTimer ??= setTimeout(() => this.#indexStep(), delayMs);
  }

  #indexStep(): void {
    this.#indexTimer = null;
    const { mayStep, nextMs } = this.#pace.look(performance.now());
    if (!mayStep) return this.#indexSoon(nextMs);
    try {
      if (this.#index.step()) this.#indexSoon(nextMs);
      else this.#pace.noteComplete();
    } catch {
      // Nothing is lost: the entries are kept, and the next write or start goes on from the same place. What ails the
      // disk is told by the write that meets it.
    }
  }

  #close(): void {
    if (this.#indexTimer !== null) clearTimeout(this.#indexTimer);
    this.#db.close();
    this.#port.close(); // with which the thread ends
  }
}

function receive(port: MessagePort): Request | undefined {
  const received = receiveMessageOnPort(port) as { message: Request } | undefined;
  return received?.message;
}

function plainFault(error: unknown, file: string): Fault {
  const { code, message } = faultOf(error, file);
  return { code, message };
}

function begin(port: MessagePort, open: Open): void {
  try {
    new Writer(port, open);
  } catch (error) {
    port.postMessage({ kind: "failed", fault: plainFault(error, open.file) } satisfies Report);
  }
}

const port = parentPort;
port?.once("message", (open: Open) => begin(port, open));
