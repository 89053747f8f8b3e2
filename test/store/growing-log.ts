/** Logs of a channel of their own that grow batch by batch, each batch with the row that says how far they go. */
import type { Change, Event, Store } from "../../src/core/index.ts";
import { type ADA, BEN, GARDEN_HASH, hexId, logRow, signed, signedEvent } from "./changes.ts";

export type LogName = typeof ADA;

/** Ids are numbers, and no two logs have one. */
function firstId(name: LogName): number {
  return name === BEN ? 1_000_000 : 0;
}

function eventOf(name: LogName, seq: number, fields: Partial<Event>): Event {
  const id = firstId(name) + seq;
  const prev = seq === 1 ? null : hexId(id - 1);
  return signedEvent(id, { ...name, seq, prev, channel: GARDEN_HASH, ...fields });
}

/** The events `from` to `to` of a log, and its row. */
export function growth(name: LogName, from: number, to: number, fields: Partial<Event> = {}): Change[] {
  const events = Array.from({ length: to - from + 1 }, (_, at) => signed(eventOf(name, from + at, fields)));
  return [...events, { kind: "log", channel: GARDEN_HASH, row: logRow(to, name) }];
}

/** How far a log goes by its row. */
export function highOf(store: Store, name: LogName): number {
  const rows = store.restore().logs.find(({ channel }) => channel === GARDEN_HASH)?.rows ?? [];
  return rows.find(({ inst }) => inst === name.inst)?.branches[0]?.[1].stretches[0]?.high ?? 0;
}

/** How many events of a log are held below one another, from its row on downwards; all of them when it is whole. */
export function heldOf(store: Store, name: LogName): number {
  let to = highOf(store, name);
  let held = 0;
  for (;;) {
    const events = store.events.range({ channel: GARDEN_HASH, ...name, branch: 0, from: 1, to }, 1_000);
    if (events.length === 0) return held;
    held += events.length;
    to -= events.length;
  }
}
