/**
 * Texts that are said in channels of two after the calm: each can only come over the session of the two. Shown as proved, once,
 * as written by who wrote it. What a lying relay makes of a text in the clear is marked as unproved, and counts for nothing.
 */
import type { Note, Watcher } from "../world.ts";

interface Said {
  readonly author: string;
  readonly to: string;
  readonly shown: string[];
}

export class Talk implements Watcher {
  readonly #said = new Map<string, Said>();
  readonly #names = new Map<string, string>();

  /** @param text - unique in the run */
  say(text: string, author: string, to: string): void {
    this.#said.set(text, { author, to, shown: [] });
  }

  watch(note: Note): void {
    if (note.kind === "started" && note.nodeId !== null) this.#names.set(note.nodeId, note.host);
    if (note.kind !== "event" || note.event.type !== "post" || note.event.own || !note.event.verified) return;
    const { text, author } = note.event;
    this.#said.get(text)?.shown.push(`${note.host} by ${this.#names.get(author) ?? author}`);
  }

  /** @returns one line for each text that did not come as it should */
  faults(): string[] {
    return [...this.#said].flatMap(([text, { author, to, shown }]) =>
      shown.join() === `${to} by ${author}` ? [] : [`"${text}" of ${author} to ${to} was shown to ${shown.join(" and ") || "nobody"}`],
    );
  }
}
