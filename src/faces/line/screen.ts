/**
 * The terminal of the line chat: one input line at the bottom, everything else printed above it. Plain lines only, so
 * that it works in any terminal and with a screen reader; without a terminal it reads and writes lines.
 */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";

export interface ScreenStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** True when both are a terminal. */
  readonly terminal: boolean;
  /** True when quiet lines may be dimmed. */
  readonly colour: boolean;
}

export interface ScreenHandlers {
  onLine(line: string): void;
  /** The input has ended (Ctrl+D), or Ctrl+C was pressed on an empty line. */
  onEnd(): void;
  /** Whole words that may stand for the last word of `line`. */
  complete(line: string): readonly string[];
}

/** A line that nobody said. */
export function quietLine(text: string, colour: boolean): string {
  return colour ? `\x1b[2m-- ${text}\x1b[22m` : `-- ${text}`;
}

export class Screen {
  readonly #output: NodeJS.WritableStream;
  readonly #terminal: boolean;
  readonly #colour: boolean;
  readonly #lines: Interface;
  #prompting = false;

  constructor({ input, output, terminal, colour }: ScreenStreams, handlers: ScreenHandlers) {
    this.#output = output;
    this.#terminal = terminal;
    this.#colour = colour;
    const completer = (line: string): [string[], string] => [[...handlers.complete(line)], line.slice(line.lastIndexOf(" ") + 1)];
    this.#lines = createInterface({ input, output, terminal, completer, prompt: "> ", historySize: 500, removeHistoryDuplicates: true });
    this.#lines.on("line", (line) => {
      if (this.#prompting) this.#lines.prompt();
      handlers.onLine(line);
    });
    this.#lines.on("close", () => {
      this.#prompting = false;
      handlers.onEnd();
    });
    this.#lines.on("SIGINT", () => {
      if (this.#lines.line === "") handlers.onEnd();
      else this.#lines.write(null, { ctrl: true, name: "u" });
    });
  }

  /** Shows the input line from here on. */
  begin(): void {
    this.#prompting = this.#terminal;
    if (this.#prompting) this.#lines.prompt();
  }

  /** Changes what stands before the input; what is being typed stays. */
  setPrompt(prompt: string): void {
    if (this.#prompting) this.#erase();
    this.#lines.setPrompt(prompt);
    if (this.#prompting) this.#draw();
  }

  /** Prints lines above the input; what is being typed stays. */
  print(...lines: readonly string[]): void {
    if (this.#prompting) this.#erase();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
    if (this.#prompting) this.#draw();
  }

  /** Takes all that was shown away, from what can be scrolled back to as well. */
  clear(): void {
    if (this.#terminal) this.#output.write("\x1b[H\x1b[2J\x1b[3J");
    if (this.#prompting) this.#draw();
  }

  /** True when lines may be coloured. */
  get colour(): boolean {
    return this.#colour;
  }

  /** Calls the person, who may be looking elsewhere. */
  ring(): void {
    if (this.#terminal) this.#output.write("\x07");
  }

  /** Prints what is good to know and not said by anyone. */
  quiet(...lines: readonly string[]): void {
    this.print(...lines.map((line) => quietLine(line, this.#colour)));
  }

  /** Takes the input line away and gives the terminal back as it was. */
  end(): void {
    if (this.#prompting) {
      this.#prompting = false;
      this.#output.write("\n");
    }
    this.#lines.close();
  }
  /** Takes the input off the screen; the cursor is where it began. */
  #erase(): void {
    moveCursor(this.#output, 0, -this.#lines.getCursorPos().rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  /**
   * Puts the input back as it was, the cursor too. Not left to readline, which miscounts the rows of what was pasted
   * (it does not look at where a paste wraps).
   */
  #draw(): void {
    const { line } = this.#lines;
    const here = this.#lines.getCursorPos();
    const end = this.#endPosition();
    // A row that is just full leaves the cursor on it: a space takes it to the next, as readline does.
    this.#output.write(this.#lines.getPrompt() + line + (end.cols === 0 ? " " : ""));
    moveCursor(this.#output, 0, here.rows - end.rows);
    cursorTo(this.#output, here.cols);
  }

  /** Where the cursor would be at the end of the input: readline tells only where it is. */
  #endPosition(): { rows: number; cols: number } {
    const { line, cursor } = this.#lines;
    Reflect.set(this.#lines, "cursor", line.length);
    const end = this.#lines.getCursorPos();
    Reflect.set(this.#lines, "cursor", cursor);
    return end;
  }
}
