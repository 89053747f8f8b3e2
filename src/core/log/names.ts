/** A channel's topic and its members' nicks: of all that were said, the last that counts. PROTOCOL.md §13.9. */
import type { NodeId } from "../../wire/index.ts";
import { counts, type Eyes } from "./entry.ts";
import type { Event } from "./event.ts";
import { compareOrder } from "./hlc.ts";
import { NAMES_KEPT, NICK_BYTES_MAX, TOPIC_BYTES_MAX } from "./limits.ts";
import { utf8Length } from "./text-form.ts";

export class Names {
  readonly #eyes: Eyes;
  /** Of each author the last few, in order: which of them count is asked anew each time, since roles change. */
  readonly #nicks = new Map<NodeId, Event[]>();
  readonly #topics = new Map<NodeId, Event[]>();

  constructor(eyes: Eyes) {
    this.#eyes = eyes;
  }

  add(event: Event): void {
    if (event.kind === "nick" && isWithin(event, NICK_BYTES_MAX)) keep(this.#nicks, event);
    if (event.kind === "topic" && isWithin(event, TOPIC_BYTES_MAX)) keep(this.#topics, event);
  }

  /** What a node calls itself; null when it has not said. Nobody vouches for it. */
  nickOf(node: NodeId): string | null {
    return this.#last(this.#nicks.get(node) ?? [])?.text ?? null;
  }

  topic(): { readonly text: string; readonly by: NodeId } | null {
    const lasts = [...this.#topics.values()].map((events) => this.#last(events)).filter((event) => event !== undefined);
    const last = lasts.sort(compareOrder).at(-1);
    return last === undefined || last.text === "" ? null : { text: last.text, by: last.author };
  }

  #last(events: readonly Event[]): Event | undefined {
    return events.findLast((event) => counts(event, this.#eyes));
  }
}

function isWithin({ text }: Event, most: number): boolean {
  return utf8Length(text) <= most;
}

function keep(of: Map<NodeId, Event[]>, event: Event): void {
  const events = of.get(event.author) ?? [];
  if (events.some(({ id }) => id === event.id)) return;
  of.set(event.author, [...events, event].sort(compareOrder).slice(-NAMES_KEPT));
}
