/** Answers a question for ranges: a page of events, those of each range newest first. PROTOCOL.md §13.10. */
import type { EventId } from "../../wire/index.ts";
import type { ChannelLog } from "./channel-log.ts";
import { type Event, signedSize } from "./event.ts";
import { PAGE_BYTES, PAGE_EVENTS_MAX } from "./limits.ts";
import type { Range } from "./sync.ts";

export interface Page {
  readonly events: readonly Event[];
  /** The ids of ranges whose last event is not here; what is of the rest comes all the same. */
  readonly lacking: readonly EventId[];
}

/** What does not fit is left out; the asker sees a hole and asks on. */
export function pageOf(log: ChannelLog, ranges: readonly Range[]): Page {
  const events: Event[] = [];
  const lacking: EventId[] = [];
  let bytes = 0;
  for (const range of ranges) {
    if (events.length >= PAGE_EVENTS_MAX || bytes >= PAGE_BYTES) break;
    const found = log.chain(range, PAGE_EVENTS_MAX - events.length);
    if (found.length === 0) lacking.push(range.id);
    for (const event of found.length === 0 ? log.island(range, PAGE_EVENTS_MAX - events.length) : found) {
      bytes += signedSize(event);
      if (bytes > PAGE_BYTES && events.length > 0) break;
      events.push(event);
    }
  }
  return { events, lacking };
}
