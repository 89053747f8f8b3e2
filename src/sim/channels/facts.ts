/** What happens among the members of a channel, as a checker hears of it. Members go by their names. */
import type { Event, Finding, LogHole } from "../../core/log/index.ts";
import type { EventId, NodeId } from "../../wire/index.ts";

export type Fact =
  /** Its user wrote it. `run` counts how often the clock of the author was set back so far that a new log began. */
  | { readonly kind: "written"; readonly by: string; readonly event: Event; readonly run: number }
  /** Its user was told that it is saved. */
  | { readonly kind: "saved"; readonly by: string; readonly id: EventId }
  /** The user of `by` was told that `to` has it. */
  | { readonly kind: "delivered"; readonly by: string; readonly to: string; readonly id: EventId }
  /** Its user was told of it as something new. */
  | { readonly kind: "shown"; readonly by: string; readonly id: EventId }
  | { readonly kind: "finding"; readonly by: string; readonly finding: Finding }
  /** Its disk was put back to an old backup, which holds these. */
  | { readonly kind: "restored"; readonly by: string; readonly ids: ReadonlySet<EventId> }
  | ({ readonly kind: "look" } & Look);

/** One member at one moment: what is on the disk, what its user sees. */
export interface Look {
  readonly by: string;
  readonly events: ReadonlyMap<EventId, Event>;
  /** Taken, and on their way to the disk. */
  readonly unflushed: ReadonlySet<EventId>;
  /** What its user is told to be missing. */
  readonly holes: readonly LogHole[];
  /** In the order in which they are shown. */
  readonly view: readonly EventId[];
}

/** One member after the calm. */
export interface End extends Look {
  readonly digest: string;
  readonly members: readonly NodeId[];
  /** The logs of which only a part counts, since their authors were removed. */
  readonly cut: readonly string[];
}

/** Who took part. */
export interface Cast {
  readonly honest: readonly string[];
  /** The names of those who lie. */
  readonly liars: ReadonlySet<string>;
  readonly nameOf: (author: NodeId) => string;
  /** True for one that was never removed. */
  readonly isMember: (author: NodeId) => boolean;
  /** True for an event of a log of which only a part counts. */
  readonly isCut: (event: Event) => boolean;
}

/** Sets of ids by name. */
export class Ids<Id = EventId> {
  readonly #sets = new Map<string, Set<Id>>();

  of(name: string): Set<Id> {
    const set = this.#sets.get(name) ?? new Set();
    this.#sets.set(name, set);
    return set;
  }

  keepOnly(name: string, ids: ReadonlySet<Id>): void {
    this.#sets.set(name, new Set([...this.of(name)].filter((id) => ids.has(id))));
  }
}

/** Holds a run to one promise. */
export interface PromiseChecker {
  /** Its number in SECURITY.md. */
  readonly promise: number;
  hear(fact: Fact): void;
  /** @returns one line for each breach */
  judge(ends: readonly End[]): string[];
}
