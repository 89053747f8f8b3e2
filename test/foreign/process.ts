/** A program under test that speaks JSON lines: what it says is kept, and a test waits for a line that it describes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** One JSON line of a program. The tests look into it; they do not declare it. */
export type Line = Readonly<Record<string, unknown>>;

/** What a wait is bounded by when a test names nothing else, in ms. */
const PATIENCE_MS = 12_000;
/** How long a program may take to end before it is killed, in ms: the node promises 4 s. */
const END_MS = 6_000;

interface Waiter {
  look(): void;
  fail(why: string): void;
}

export class Process {
  readonly lines: Line[] = [];
  /** Set once the program has ended: its exit code, or null after a signal. */
  ended: { readonly code: number | null } | undefined;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<Waiter>();
  #errors = "";

  /** @param command - the program and its arguments; `env` adds to the environment */
  constructor(command: readonly string[], env: Record<string, string> = {}) {
    const [program = "", ...words] = command;
    this.#child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on("error", () => {}); // the program may end before it has read all
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    if (stdout) createInterface({ input: stdout }).on("line", (text) => this.#take(text));
    this.#child.on("error", (error) => this.#end(null, error.message));
    this.#child.on("close", (code) => this.#end(code, `ended with ${code}`));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** What it wrote to stderr so far. */
  get errors(): string {
    return this.#errors;
  }

  tell(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** What a person types, with the key at its end. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** All lines that fit, of those after the first `after`. */
  all(fits: (line: Line) => boolean, after = 0): Line[] {
    return this.lines.slice(after).filter(fits);
  }

  /**
   * Waits until `count` lines fit, those already there counted; resolves with the last of them.
   * @param words - what is waited for, for the failure's text
   * @param after - lines to pass over, usually `lines.length` of an earlier moment
   */
  until(words: string, fits: (line: Line) => boolean, { withinMs = PATIENCE_MS, after = 0, count = 1 } = {}): Promise<Line> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        then();
      };
      const waiter: Waiter = {
        look: () => {
          const found = this.all(fits, after)[count - 1];
          if (found !== undefined) settle(() => resolve(found));
        },
        fail: (why) => settle(() => reject(new Error(`waited for ${words}: ${why}\n${this.#tail()}`))),
      };
      const timer = setTimeout(() => waiter.fail(`not within ${withinMs} ms`), withinMs);
      this.#waiters.add(waiter);
      waiter.look();
      if (this.ended) waiter.fail("the program had ended");
    });
  }

  /** Waits for the end that the program comes to by itself. */
  async finished(withinMs = 30_000): Promise<void> {
    if (this.ended) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), withinMs);
    await once(this.#child, "close");
    clearTimeout(timer);
  }

  /** Sends SIGTERM and waits for the end; resolves with how long it took, in ms. */
  async stop(): Promise<number> {
    const began = performance.now();
    if (!this.ended) {
      const closed = once(this.#child, "close");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_MS);
      this.#child.kill("SIGTERM");
      await closed;
      clearTimeout(timer);
    }
    return performance.now() - began;
  }

  #take(text: string): void {
    try {
      this.lines.push(JSON.parse(text) as Line);
    } catch {
      this.lines.push({ text });
    }
    for (const waiter of [...this.#waiters]) waiter.look();
  }

  #end(code: number | null, why: string): void {
    this.ended ??= { code };
    for (const waiter of [...this.#waiters]) waiter.fail(why);
  }

  #tail(): string {
    return [...this.lines.slice(-12).map((line) => JSON.stringify(line)), this.#errors.slice(-800)].join("\n");
  }
}
