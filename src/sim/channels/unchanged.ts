/** 7, no silent change: nobody alters, forges or leaves out anything unnoticed, and nobody is accused who did nothing. */
import { type Event, eventOf, isSignedByAuthor, keyOf } from "../../core/log/index.ts";
import type { Crypto } from "../../crypto/index.ts";
import type { EventId } from "../../wire/index.ts";
import { type Cast, type Fact, Ids, type Look, type PromiseChecker } from "./facts.ts";

export class UnchangedChecker implements PromiseChecker {
  readonly promise = 7;
  readonly #cast: Cast;
  readonly #crypto: Crypto;
  readonly #written = new Map<EventId, Event>();
  /** Logs of which each member was told that they fork. */
  readonly #forked = new Ids<string>();
  readonly #restored = new Set<string>();
  /** Events that were looked at, by the member that holds them. */
  readonly #proved = new Ids();
  readonly #faults: string[] = [];

  constructor(cast: Cast, crypto: Crypto) {
    this.#cast = cast;
    this.#crypto = crypto;
  }

  hear(fact: Fact): void {
    if (fact.kind === "written") this.#written.set(fact.event.id, fact.event);
    if (fact.kind === "restored") this.#restored.add(fact.by);
    if (fact.kind === "finding") this.#find(fact);
    if (fact.kind === "look") this.#look(fact);
  }

  judge(): string[] {
    return this.#faults;
  }

  #find({ by, finding }: Extract<Fact, { kind: "finding" }>): void {
    if (finding.kind === "fork") this.#forked.of(by).add(keyOf(finding));
    const author = this.#cast.nameOf(finding.author);
    if (!this.#cast.liars.has(author) && !this.#restored.has(author)) this.#faults.push(`${by} accuses ${author} of "${finding.kind}"`);
  }

  #look({ by, events, unflushed, holes }: Look): void {
    const places = new Map<string, EventId>();
    const missing = new Set([...unflushed, ...holes.map(({ id }) => id)]);
    for (const event of events.values()) {
      if (!this.#proved.of(by).has(event.id)) this.#prove(by, event);
      this.#proved.of(by).add(event.id);
      const place = `${keyOf(event)} ${event.seq}`;
      if (places.has(place) && !this.#forked.of(by).has(keyOf(event))) this.#faults.push(`${by} holds two events at one place, unmarked`);
      places.set(place, event.id);
      if (event.prev !== null && !events.has(event.prev) && !missing.has(event.prev) && !this.#cast.isCut(event))
        this.#faults.push(`${by} lacks what ${event.id} names, and does not say so`);
    }
  }

  #prove(by: string, event: Event): void {
    const again = eventOf(this.#crypto, event, event.sig);
    if (typeof again === "string" || again.id !== event.id) this.#faults.push(`${by} holds an event that is not what its id says`);
    if (event.sig !== null && !isSignedByAuthor(this.#crypto, event)) this.#faults.push(`${by} holds a bad signature`);
    const author = this.#cast.nameOf(event.author);
    if (!this.#cast.liars.has(author) && !this.#written.has(event.id)) this.#faults.push(`${by} holds what ${author} never wrote`);
  }
}
