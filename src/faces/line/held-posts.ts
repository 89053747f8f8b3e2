/** Which of the messages sent from here lie in mailboxes of those who are away, in words: one line for those that came there together. */
import { counted } from "../shared/counted.ts";
import type { EventOf } from "../shared/door.ts";
import { day } from "../shared/span.ts";
import { someNames } from "../shared/who-words.ts";
import { quote } from "./own-posts.ts";

/** Whoever was away long is left much at once: it is told when no more of it comes, ... */
const QUIET_MS = 1_500;
/** ... and at the latest so long after the first. */
const LATE_MS = 30_000;
/** Texts that are remembered, to be told by. */
const TEXTS_MAX = 200;

interface Held {
  readonly ids: Set<string>;
  readonly byNames: Set<string>;
  readonly forNames: Set<string>;
  /** When the first of them is thrown away. */
  until: number;
  readonly lateAt: number;
  quietAt: number;
}

export class HeldPosts {
  readonly #texts = new Map<string, string>();
  #held: Held | null = null;

  /** A message was sent from here. */
  sent({ id, text }: EventOf<"post">): void {
    this.#texts.set(id, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > TEXTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
  }

  note({ id, forName, byName, until }: EventOf<"held">, now: number): void {
    const none = { ids: new Set<string>(), byNames: new Set<string>(), forNames: new Set<string>() };
    this.#held ??= { ...none, until, lateAt: now + LATE_MS, quietAt: now };
    const held = this.#held;
    held.ids.add(id);
    held.byNames.add(byName);
    held.forNames.add(forName);
    held.until = Math.min(held.until, until);
    held.quietAt = now + QUIET_MS;
  }

  /** When {@link take} has something to say at the earliest. */
  get dueAt(): number {
    return this.#held === null ? Number.POSITIVE_INFINITY : Math.min(this.#held.quietAt, this.#held.lateAt);
  }

  take(now: number): string | null {
    const held = this.#held;
    if (held === null || now < this.dueAt) return null;
    this.#held = null;
    const { ids, byNames, forNames, until } = held;
    const where = `held by ${counted(byNames.size, "mailbox")} until ${day(until)} (${someNames([...byNames])} for ${someNames([...forNames])})`;
    const [only = ""] = ids;
    const text = this.#texts.get(only);
    if (ids.size > 1) return `${ids.size} messages are ${where}`;
    return text === undefined ? `a message is ${where}` : `${where}: "${quote(text)}"`;
  }
}
