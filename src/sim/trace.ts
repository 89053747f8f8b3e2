/** The trace of a run: one compact line for everything that happens, and one hash over all lines. */
import type { Crypto } from "../crypto/index.ts";
import { isFrame, readFrameHead, TAG_BYTES } from "../wire/index.ts";
import type { Note, Watcher } from "./world.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
/** UTF-16 units that are hashed at a time. */
const BLOCK = 65_536;

export class Trace implements Watcher {
  readonly #crypto: Crypto;
  readonly #print: ((line: string) => void) | null;
  #digest: Uint8Array = new Uint8Array(32);
  #block = "";
  #lines = 0;

  /** @param print - gets each line, without its end; null when only the hash is wanted */
  constructor(crypto: Crypto, print: ((line: string) => void) | null = null) {
    this.#crypto = crypto;
    this.#print = print;
  }

  get lines(): number {
    return this.#lines;
  }

  watch(note: Note): void {
    const line = lineOf(note);
    this.#lines++;
    this.#block += `${line}\n`;
    if (this.#block.length >= BLOCK) this.#fold();
    this.#print?.(line);
  }

  /** Over everything so far, in hex: equal exactly for equal traces. */
  hash(): string {
    this.#fold();
    return [...this.#digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  #fold(): void {
    const text = encoder.encode(this.#block);
    const bytes = new Uint8Array(this.#digest.length + text.length);
    bytes.set(this.#digest);
    bytes.set(text, this.#digest.length);
    this.#digest = this.#crypto.sha256(bytes);
    this.#block = "";
  }
}

/** A datagram is named by its number after the line that says what is in it. */
export function lineOf(note: Note): string {
  const at = (note.at / 1_000).toFixed(6);
  switch (note.kind) {
    case "sent": {
      const { number, from, to, bytes } = note.datagram;
      return `${at} ${note.host} sends #${number} ${from} > ${to} ${textOf(bytes)}`;
    }
    case "arrived":
      return `${at} ${note.host} gets #${note.datagram.number} from ${note.datagram.from} on ${note.socket}`;
    case "swallowed":
      return `${at} - loses #${note.datagram.number} ${note.datagram.from} > ${note.datagram.to}: ${note.fate}`;
    case "event":
      return `${at} ${note.host} event ${JSON.stringify(note.event)}`;
    case "dropped":
      return `${at} ${note.host} drops ${note.reason} from ${note.from}`;
    case "command":
      return `${at} ${note.host} command ${JSON.stringify(note.command)}`;
    case "saved":
      return `${at} ${note.host} disk batch ${note.batch}: ${note.changes} changes ${note.code ?? "kept"}`;
    case "started":
      return `${at} ${note.host} starts`;
    case "stopped":
      return `${at} ${note.host} stops, ${note.unsavedKept} unsaved kept`;
    case "renamed":
      return `${at} ${note.host} is seen at another endpoint from here on`;
    case "fault":
      return `${at} fault: ${note.text}`;
  }
}

/** A frame is named by its head and its tag, which differs when anything in it does. */
function textOf(bytes: Uint8Array): string {
  if (!isFrame(bytes)) return decoder.decode(bytes);
  const head = readFrameHead(bytes);
  const tag = [...bytes.subarray(-TAG_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `frame ${head?.index}/${head?.counter}, ${bytes.length} bytes, ${tag}`;
}
