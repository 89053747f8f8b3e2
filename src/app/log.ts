/**
 * The node's own log: one JSON object a line, in ASCII, in files of bounded size, for finding faults. It holds no texts, no
 * keys and no names of channels. ARCHITECTURE.md "App".
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

/** Bytes of one file. */
const FILE_BYTES_MAX = 5 * 1_024 * 1_024;
/** The one that is written, and those before it. */
const FILES_MAX = 3;

/** Values that may be logged: whoever logs an object has to think about what is in it. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface LogEntry extends LogFields {
  /** ISO 8601. */
  readonly at: string;
  readonly level: "info" | "warn" | "error";
  /** What happened, in kebab-case words. */
  readonly what: string;
}

export interface LogOptions {
  /** Written to where given; `name.1` and `name.2` are older. */
  readonly file: string | null;
  /** Called with every entry too. */
  readonly listener?: ((entry: LogEntry) => void) | undefined;
  /** Bytes after which a new file begins. */
  readonly fileBytesMax?: number;
}

export class Log {
  readonly #options: LogOptions;
  #handle: number | null = null;
  #bytes = 0;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#open();
  }

  info(what: string, fields: LogFields = {}): void {
    this.#take("info", what, fields);
  }

  warn(what: string, fields: LogFields = {}): void {
    this.#take("warn", what, fields);
  }

  error(what: string, fields: LogFields = {}): void {
    this.#take("error", what, fields);
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }

  #take(level: LogEntry["level"], what: string, fields: LogFields): void {
    const entry: LogEntry = { at: new Date().toISOString(), level, what, ...fields };
    this.#options.listener?.(entry);
    if (this.#handle !== null) this.#write(this.#handle, Buffer.from(`${asciiJson(entry)}\n`));
  }

  /** Synchronous, since entries are rare and the last one before a fault is the one that is wanted. */
  #write(handle: number, line: Buffer): void {
    try {
      writeSync(handle, line);
      this.#bytes += line.length;
      if (this.#bytes >= (this.#options.fileBytesMax ?? FILE_BYTES_MAX)) this.#rotate();
    } catch {
      // a full disk: the node goes on without a log, and says by `status` what matters
    }
  }

  #rotate(): void {
    const { file } = this.#options;
    if (file === null) return;
    this.close();
    for (let age = FILES_MAX - 1; age > 0; age--) moveIfThere(age === 1 ? file : `${file}.${age - 1}`, `${file}.${age}`);
    this.#open();
  }

  #open(): void {
    if (this.#options.file === null) return;
    try {
      this.#handle = openSync(this.#options.file, "a", 0o600);
      this.#bytes = fstatSync(this.#handle).size;
    } catch {
      this.#handle = null;
    }
  }
}

/** Whatever a value came from, it begins no line, and tells the terminal of who reads the file nothing. */
function asciiJson(entry: LogEntry): string {
  return JSON.stringify(entry).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // there is none yet
  }
}
