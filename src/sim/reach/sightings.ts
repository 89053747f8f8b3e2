/** Who hears whom without anybody in between, as the wire shows it: frames that one host sent and the other got. */
import type { Instant } from "../../core/index.ts";
import { isFrame } from "../../wire/index.ts";
import type { Note, Watcher } from "../world.ts";

export class Sightings implements Watcher {
  /** By receiver, then by sender. */
  readonly #heardAt = new Map<string, Map<string, Instant>>();

  watch(note: Note): void {
    if (note.kind !== "arrived" || !isFrame(note.datagram.bytes)) return;
    let heard = this.#heardAt.get(note.host);
    if (heard === undefined) {
      heard = new Map();
      this.#heardAt.set(note.host, heard);
    }
    heard.set(note.datagram.origin, note.at);
  }

  /** True when each got a frame of the other since then. */
  met(one: string, other: string, since: Instant): boolean {
    return this.#heard(one, other) >= since && this.#heard(other, one) >= since;
  }

  #heard(by: string, from: string): Instant {
    return this.#heardAt.get(by)?.get(from) ?? Number.NEGATIVE_INFINITY;
  }
}
