/**
 * The promises of the README, each as a checker of what members of a channel did and showed: 1 saved, 2 delivered, 3 arrives,
 * 4 once, 5 order, 6 agreement, 7 no silent change. They believe nothing that a member says of itself but what its disk holds
 * and its user sees.
 */
import { type Event, keyOf, referenceIn } from "../../core/log/index.ts";
import type { Crypto } from "../../crypto/index.ts";
import type { EventId } from "../../wire/index.ts";
import { type Cast, type End, type Fact, Ids, type Look, type PromiseChecker } from "./facts.ts";
import { UnchangedChecker } from "./unchanged.ts";

export function promiseCheckers(cast: Cast, crypto: Crypto): PromiseChecker[] {
  return [
    new SavedChecker(cast),
    new DeliveredChecker(cast),
    new ArrivesChecker(cast),
    new OnceChecker(cast),
    new OrderChecker(cast),
    new AgreementChecker(),
    new UnchangedChecker(cast, crypto),
  ];
}

/** What each member must have on its disk from some moment on. */
class Owed {
  readonly #owed = new Ids();
  readonly faults: string[] = [];

  must(by: string, id: EventId): void {
    this.#owed.of(by).add(id);
  }

  hear(fact: Fact, words: string): void {
    if (fact.kind === "restored") this.#owed.keepOnly(fact.by, fact.ids); // its user took back the rest
    if (fact.kind !== "look") return;
    for (const id of this.#owed.of(fact.by)) if (!fact.events.has(id)) this.faults.push(`${fact.by} ${words} ${id}, and has it no more`);
  }
}

/** 1: what the user was told to be saved stays on the disk. */
class SavedChecker implements PromiseChecker {
  readonly promise = 1;
  readonly #owed = new Owed();
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  hear(fact: Fact): void {
    if (fact.kind === "saved" && !this.#cast.liars.has(fact.by)) this.#owed.must(fact.by, fact.id);
    this.#owed.hear(fact, "told that it saved");
  }

  judge(): string[] {
    return this.#owed.faults;
  }
}

/** 2: what was told to be delivered to a member is on that member's disk, and stays there. */
class DeliveredChecker implements PromiseChecker {
  readonly promise = 2;
  readonly #owed = new Owed();
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  hear(fact: Fact): void {
    if (fact.kind === "delivered" && !this.#cast.liars.has(fact.by) && !this.#cast.liars.has(fact.to)) this.#owed.must(fact.to, fact.id);
    this.#owed.hear(fact, "acknowledged");
  }

  judge(): string[] {
    return this.#owed.faults;
  }
}

/** 3: what was saved anywhere is everywhere after the calm, and shown. */
class ArrivesChecker implements PromiseChecker {
  readonly promise = 3;
  readonly #saved = new Map<EventId, string>();
  readonly #written = new Map<EventId, Event>();
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  hear(fact: Fact): void {
    if (fact.kind === "written") this.#written.set(fact.event.id, fact.event);
    if (fact.kind === "saved" && !this.#cast.liars.has(fact.by)) this.#saved.set(fact.id, fact.by);
    // What only a disk had that was put back is gone with it, unless somebody has it still.
    if (fact.kind === "restored") for (const [id, by] of this.#saved) if (by === fact.by && !fact.ids.has(id)) this.#saved.set(id, "");
  }

  judge(ends: readonly End[]): string[] {
    const faults: string[] = [];
    for (const [id, by] of this.#saved) {
      const event = this.#written.get(id);
      if ((by === "" && !ends.some(({ events }) => events.has(id))) || event === undefined || !this.#cast.isMember(event.author)) continue;
      for (const end of ends) {
        if (!end.events.has(id)) faults.push(`"${event.text}" of ${this.#cast.nameOf(event.author)} has not come to ${end.by}`);
        else if (event.kind === "post" && !end.view.includes(id)) faults.push(`${end.by} has "${event.text}" and does not show it`);
      }
    }
    return faults;
  }
}

/** 4: every text is told of once and shown once, on every device. */
class OnceChecker implements PromiseChecker {
  readonly promise = 4;
  readonly #shown = new Ids();
  readonly #faults: string[] = [];
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  hear(fact: Fact): void {
    if (fact.kind === "restored") this.#shown.keepOnly(fact.by, fact.ids);
    if (fact.kind === "shown") {
      if (this.#shown.of(fact.by).has(fact.id)) this.#faults.push(`${fact.by} was told of ${fact.id} twice`);
      this.#shown.of(fact.by).add(fact.id);
    }
    if (fact.kind === "look") this.#look(fact);
  }

  judge(): string[] {
    return this.#faults;
  }

  #look({ by, view, events }: Look): void {
    if (new Set(view).size < view.length) this.#faults.push(`${by} shows an entry twice`);
    const texts = new Set<string>();
    for (const { kind, author, text } of events.values()) {
      if (kind !== "post" || this.#cast.liars.has(this.#cast.nameOf(author))) continue;
      if (texts.has(text)) this.#faults.push(`${by} has "${text}" twice`);
      texts.add(text);
    }
  }
}

interface Place {
  readonly run: string;
  readonly order: number;
  /** What it answers. */
  readonly reply: EventId | null;
}

/** 5: a person's texts in the order that they were sent, answers below what they answer, and nothing that is shown swaps. */
class OrderChecker implements PromiseChecker {
  readonly promise = 5;
  readonly #places = new Map<EventId, Place>();
  readonly #before = new Map<string, readonly EventId[]>();
  readonly #faults: string[] = [];
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  hear(fact: Fact): void {
    if (fact.kind === "written" && !this.#cast.liars.has(fact.by)) this.#note(fact);
    if (fact.kind === "look") this.#look(fact);
  }

  judge(ends: readonly End[]): string[] {
    const [first, ...rest] = ends;
    const swapped = rest.filter((end) => first !== undefined && isSwapped(first.view, end.view));
    return [...this.#faults, ...swapped.map(({ by }) => `${by} shows another order than ${first?.by}`)];
  }

  #note({ by, event, run }: Extract<Fact, { kind: "written" }>): void {
    const reply = referenceIn(event, "reply")?.id ?? null;
    this.#places.set(event.id, { run: `${by} ${run}`, order: this.#places.size, reply });
  }

  #look({ by, view }: Look): void {
    const last = new Map<string, number>();
    const above = new Set<EventId>();
    const all = new Set(view);
    for (const id of view) {
      const place = this.#places.get(id);
      above.add(id);
      if (place === undefined) continue;
      if ((last.get(place.run) ?? -1) > place.order) this.#faults.push(`${by} shows ${id} below what was said after it`);
      last.set(place.run, place.order);
      if (place.reply !== null && all.has(place.reply) && !above.has(place.reply)) this.#faults.push(`${by} shows the answer ${id} first`);
    }
    if (isSwapped(this.#before.get(by) ?? [], view)) this.#faults.push(`${by} has changed the places of what it had shown`);
    this.#before.set(by, view);
  }
}

/** True when two that both lists have stand in another order there. */
function isSwapped(one: readonly EventId[], other: readonly EventId[]): boolean {
  const places = new Map(other.map((id, at) => [id, at]));
  let last = -1;
  for (const id of one) {
    const at = places.get(id);
    if (at === undefined) continue;
    if (at < last) return true;
    last = at;
  }
  return false;
}

/** 6: who has finished exchanging holds the same texts, members and order. */
class AgreementChecker implements PromiseChecker {
  readonly promise = 6;

  hear(): void {}

  judge(ends: readonly End[]): string[] {
    const [first, ...rest] = ends;
    if (first === undefined) return [];
    // What nobody has, since the only disk that had it was put back, stays a gap that all see.
    const open = ends.filter(({ holes }) => holes.some(({ id }) => ends.some(({ events }) => events.has(id))));
    const isClear = !ends.some(isTangled);
    return [...open.map(({ by }) => `${by} still lacks what another holds`), ...rest.flatMap((end) => differences(first, end, isClear))];
  }
}

/** A log both forks and has a gap: to which branch a piece above belongs nobody knows (PROTOCOL.md §13.6). */
function isTangled({ events, holes }: End): boolean {
  const gaps = new Set(holes.map(keyOf));
  const places = [...events.values()].filter((event) => gaps.has(keyOf(event))).map((event) => `${keyOf(event)} ${event.seq}`);
  return new Set(places).size < places.length;
}

function differences(a: End, b: End, isClear: boolean): string[] {
  const pairs = `${a.by} and ${b.by}`;
  const faults: string[] = [];
  if (isClear && a.digest !== b.digest) faults.push(`${pairs} have different digests`);
  if (a.members.join() !== b.members.join()) faults.push(`${pairs} see different members`);
  if (a.view.join() !== b.view.join()) faults.push(`${pairs} show different texts or orders`);
  const loose = [...a.events.values()].filter(({ id }) => !b.events.has(id)).map(keyOf);
  const cut = new Set([...a.cut, ...b.cut]);
  if (loose.some((log) => !cut.has(log))) faults.push(`${b.by} lacks what ${a.by} holds`);
  return faults;
}
