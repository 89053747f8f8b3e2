/** Where events lie in their logs, and nothing else of them: what proves an archive of any length needs to remember. */
import type { Accepted, ChannelHash, Event, EventPlace, EventReader, LogMove, LogName } from "../core/index.ts";
import { keyOf } from "../core/index.ts";
import type { EventId } from "../wire/index.ts";

interface Held {
  readonly id: EventId;
  branch: number;
}

export class PlaceShelf implements EventReader {
  /** Of each log by seq: several where it forks. */
  readonly #logs = new Map<string, Map<number, Held[]>>();

  keep({ event, branch }: Accepted): void {
    const log = this.#log(event);
    log.set(event.seq, [...(log.get(event.seq) ?? []), { id: event.id, branch }]);
  }

  move(move: LogMove): void {
    for (const [seq, held] of this.#log(move)) {
      if (seq < move.low || seq > move.high) continue;
      for (const each of held) if (each.branch === move.from) each.branch = move.to;
    }
  }

  branchOf(_channel: ChannelHash, id: EventId, place: EventPlace): number | null {
    return (
      this.#log(place)
        .get(place.seq)
        ?.find((each) => each.id === id)?.branch ?? null
    );
  }

  event(): Event | null {
    return null;
  }

  range(): Event[] {
    return [];
  }

  meant(): Event | null {
    return null;
  }

  isTouched(): boolean {
    return false;
  }

  effectsOn(): Event[] {
    return [];
  }

  latest(): Event[] {
    return [];
  }

  statementsBy(): Event[] {
    return [];
  }

  #log(name: LogName): Map<number, Held[]> {
    const log = this.#logs.get(keyOf(name)) ?? new Map<number, Held[]>();
    this.#logs.set(keyOf(name), log);
    return log;
  }
}
