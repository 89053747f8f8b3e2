/**
 * Processes that a benchmark starts and drives over IPC: it asks, they answer. Whatever happens, none outlives the run:
 * each ends itself when the channel closes, and is killed when it does not.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** What a process can be asked: a function for each question. */
export type Handlers = Record<string, (request: never) => unknown>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly request: unknown;
}

/** The first word of a process: it listens now. What is said before is lost while its modules load. */
const READY = "ready";

type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

/** CPU time and memory of a process at one moment of its own clock. */
export interface Usage {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** A process that has not gone after so long is killed, in ms. */
const END_MS = 5_000;
/** Answers take no longer than this unless the caller says so, in ms. */
const ANSWER_MS = 15_000;

const running = new Set<Child<Handlers>>();

export class Child<Its extends Handlers> {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #open = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #ready: Promise<void>;
  #nextId = 0;

  /** @param file - a module of `bench/processes/` that calls {@link serve} */
  constructor(file: string) {
    this.#name = file;
    this.#process = fork(join(import.meta.dirname, "processes", file), { serialization: "advanced" });
    this.#ready = new Promise((resolve) =>
      this.#process.on("message", (said: Answer | typeof READY) => (said === READY ? resolve() : this.#settle(said))),
    );
    this.#process.once("exit", () => this.#gone());
    running.add(this as unknown as Child<Handlers>);
  }

  /** @throws Error what went wrong there, or that no answer came within `withinMs` */
  async ask<Name extends keyof Its & string>(
    name: Name,
    request: Parameters<Its[Name]>[0],
    withinMs = ANSWER_MS,
  ): Promise<Awaited<ReturnType<Its[Name]>>> {
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#open.set(id, { resolve, reject }));
    const timer = setTimeout(() => this.#settle({ id, error: `${name}: no answer within ${withinMs} ms` }), withinMs);
    void this.#ready.then(() => this.#process.send({ id, name, request } satisfies Question));
    try {
      return (await answer) as Awaited<ReturnType<Its[Name]>>;
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    running.delete(this as unknown as Child<Handlers>);
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_MS);
    await exited;
    clearTimeout(timer);
  }

  #settle(answer: Answer): void {
    const waiting = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if ("error" in answer) waiting?.reject(new Error(`${this.#name}: ${answer.error}`));
    else waiting?.resolve(answer.result);
  }

  #gone(): void {
    for (const id of [...this.#open.keys()]) this.#settle({ id, error: "the process ended" });
  }
}

/** Ends what a benchmark that failed has left behind. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()));
}

/** Answers the parent's questions until it lets go; `end` is called then. */
export function serve(handlers: Handlers, end: () => unknown = () => {}): void {
  process.on("message", async ({ id, name, request }: Question) => {
    try {
      const handler = handlers[name] as ((request: unknown) => unknown) | undefined;
      if (handler === undefined) throw new Error(`no such question: ${name}`);
      say({ id, result: await handler(request) });
    } catch (error) {
      say({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once("disconnect", async () => {
    await end();
    process.exit();
  });
  say(READY);
}

function say(words: Answer | typeof READY): void {
  if (process.connected) process.send?.(words);
}

/** This process now. */
export function usageNow(): Usage {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() };
}

/** The share of one core between two moments, in percent. */
export function cpuPercent(before: Usage, after: Usage): number {
  return (100 * (after.cpuMs - before.cpuMs)) / (after.atMs - before.atMs);
}
