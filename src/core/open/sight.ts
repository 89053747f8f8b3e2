/**
 * Which events of a channel people see: those of a kind that is shown, whose author had a role to write them. Statements come
 * late like all else, so what was shown may count no more, and what was not may count now; the latest are remembered for
 * that, and whoever reads older ones asks again. PROTOCOL.md §13.9.
 */
import type { EventId } from "../../wire/index.ts";
import { AgingMap } from "../aging-map.ts";
import type { Event } from "../log/event.ts";
import { isShown, mayWrite } from "../log/kind.ts";
import type { LastingChannel } from "../log/lasting-channel.ts";
import type { Position } from "../log/statement.ts";

/** Events that are looked at again when roles change: what stands on a few screens. */
const RECENT_MAX = 1_024;

const NO_NEWS = { shown: [], gone: [] };

interface Seen {
  readonly event: Event;
  shown: boolean;
}

export class Sight {
  readonly #lasting: LastingChannel;
  readonly #recent = new AgingMap<EventId, Seen>(RECENT_MAX);

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

  /** True for an event whose author had a role to write it. */
  counts(event: Position & { readonly kind: string }): boolean {
    return mayWrite(this.#lasting.roles.roleAt(event), event.kind, this.#isOwned);
  }

  /** Roles have changed: {@link look} finds something new, perhaps. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Looks again at the latest: what counts now and did not, and the other way round. */
  look(): { readonly shown: readonly Event[]; readonly gone: readonly Event[] } {
    if (!this.#isInDoubt) return NO_NEWS;
    this.#isInDoubt = false;
    const changed = [...this.#recent.values()].filter((seen) => this.counts(seen.event) !== seen.shown);
    for (const seen of changed) seen.shown = !seen.shown;
    const events = (isNow: boolean) => changed.filter(({ shown }) => shown === isNow).map(({ event }) => event);
    return { shown: events(true), gone: events(false) };
  }

  get #isOwned(): boolean {
    return this.#lasting.roles.charter.owner !== null;
  }
}
