/**
 * Which events of a channel people see: those of a kind that is shown, whose author had a role to write them. Statements come
 * late like all else, so what was shown may count no more, and what was not may count now, and so may what was done to posts; the latest
 * are remembered for that, and whoever reads older ones asks again. PROTOCOL.md §13.9.
 */
import type { EventId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { Event } from "../log/event.ts";
import { isShown, mayWrite } from "../log/kind.ts";
import type { LastingChannel } from "../log/lasting-channel.ts";
import type { Position, Role } from "../log/statement.ts";

/** Events that are looked at again when roles change: what stands on a few screens. */
const RECENT_MAX = 1_024;

const NO_NEWS: News = { shown: [], gone: [], effects: [] };

/** What a change of roles comes to. */
export interface News {
  readonly shown: readonly Event[];
  readonly gone: readonly Event[];
  /** Edits, deletes and reactions whose authors had another role there than was thought. */
  readonly effects: readonly { readonly event: Event; readonly before: Role }[];
}

interface Seen {
  readonly event: Event;
  shown: boolean;
}

export class Sight {
  readonly #lasting: LastingChannel;
  readonly #recent = new AgingMap<EventId, Seen>(RECENT_MAX);
  /** The role that the author of each of the latest edits, deletes and reactions had there, as was thought. */
  readonly #effects = new AgingMap<EventId, { readonly event: Event; role: Role }>(RECENT_MAX);

  #isInDoubt = false;

  constructor(lasting: LastingChannel) {
    this.#lasting = lasting;
  }

  /** True for a post whose author had a role to write it, as is known now. Where nobody owns the channel that never changes. */
  take(event: Event): boolean {
    if (!isShown(event)) return false;
    if (!this.#isOwned) return true;
    const shown = this.counts(event);
    this.#recent.set(event.id, { event, shown });
    return shown;
  }

  /** Something was done to a post, and told as it counts now. */
  takeEffect(event: Event): void {
    if (this.#isOwned) this.#effects.set(event.id, { event, role: this.#lasting.roles.roleAt(event) });
  }

  /** True for an event whose author had a role to write it. */
  counts(event: Position & { readonly kind: string }): boolean {
    return mayWrite(this.#lasting.roles.roleAt(event), event.kind, this.#isOwned);
  }

  /** Roles have changed: {@link look} finds something new, perhaps. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Looks again at the latest: what counts now and did not, and the other way round. */
  look(): News {
    if (!this.#isInDoubt) return NO_NEWS;
    this.#isInDoubt = false;
    const changed = [...this.#recent.values()].filter((seen) => this.counts(seen.event) !== seen.shown);
    for (const seen of changed) seen.shown = !seen.shown;
    const events = (isNow: boolean) => changed.filter(({ shown }) => shown === isNow).map(({ event }) => event);
    const effects = [...this.#effects.values()].flatMap((seen) => {
      const { event, role: before } = seen;
      seen.role = this.#lasting.roles.roleAt(event);
      return seen.role === before ? [] : [{ event, before }];
    });
    return { shown: events(true), gone: events(false), effects };
  }

  get #isOwned(): boolean {
    return this.#lasting.roles.charter.owner !== null;
  }
}
