/** Looks for a private channel in what goes over the wire in the clear: there must be no word of it. */
import { type Guid, isFrame } from "../../wire/index.ts";
import type { Note, Watcher } from "../world.ts";

/** Violations that are told. */
const TOLD_MAX = 8;

export class ClearTalk implements Watcher {
  /** The channel's GUID, once it is made. */
  channel: Guid | null = null;
  readonly found: string[] = [];
  readonly #decoder = new TextDecoder();

  watch(note: Note): void {
    if (note.kind !== "sent" || this.channel === null || isFrame(note.datagram.bytes) || this.found.length >= TOLD_MAX) return;
    const text = this.#decoder.decode(note.datagram.bytes);
    if (text.includes(this.channel) || text.includes("attic")) this.found.push(`${note.host} said in the clear: ${text}`);
  }
}
