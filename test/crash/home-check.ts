/** What lies in a home on which no node runs: read as it was left, and every log of it proved from end to end. */
import { join } from "node:path";
import { readKeyFile } from "../../src/app/key-file.ts";
import type { Event } from "../../src/core/log/event.ts";
import { eventOf, isSignedByAuthor } from "../../src/core/log/event.ts";
import type { LogRow } from "../../src/core/log/event-store.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";
import { openReading } from "../../src/store/connection.ts";
import { Reader } from "../../src/store/reader.ts";
import type { Guid } from "../../src/wire/index.ts";

const MOST = 1_000;

export interface Found {
  /** The texts of the channel, by id, as history shows them. */
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: string[];
}

/** Reads a home and checks it. It must have at most {@link MOST} entries in that channel. */
export async function checkHome(home: string, channelId: Guid): Promise<Found> {
  const keys = await readKeyFile(join(home, "key.json"));
  if (keys === null || keys.protection !== "os-user") throw new Error(`${home} has no open keys`);
  const reader = new Reader(openReading(join(home, "store.db"), keys.storeKey));
  try {
    const history = reader.history({ channelId, most: MOST });
    const texts = new Map(history.map(({ id, body }) => [id, body]));
    const faults: string[] = [];
    if (history.length === MOST) faults.push("more entries than are looked at");
    if (texts.size < history.length) faults.push("an entry twice");
    if (new Set(texts.values()).size < texts.size) faults.push("a text twice");
    const proved = reader.restore().logs.flatMap(({ channel, rows }) => rows.flatMap((row) => chainOf(reader, channel, row, faults)));
    if (proved.length !== history.length) faults.push(`${history.length} entries, and ${proved.length} events in logs`);
    for (const { id, text } of proved) if (texts.get(id) !== text) faults.push(`${id} is not shown as it was signed`);
    return { texts, faults };
  } finally {
    reader.close();
  }
}

/** The events of a log, its chain proved: no hole that nobody made, one branch, each the hash that the next one names. */
function chainOf(reader: Reader, channel: Event["channel"], { author, inst, branches }: LogRow, faults: string[]): Event[] {
  const name = `the log ${author} ${inst}`;
  if (branches.length > 1) faults.push(`${name} forks`);
  return branches.flatMap(([branch, { stretches }]) =>
    stretches.flatMap(({ low, high, highId }) => {
      const events = reader.events.range({ channel, author, inst, branch, from: low, to: high }, MOST);
      if (events.length !== high - low + 1 || events[0]?.id !== highId) faults.push(`${name} lacks what its row says: ${low} to ${high}`);
      if (events[0] !== undefined && !isSignedByAuthor(crypto, events[0])) faults.push(`the head of ${name} is not signed`);
      for (const event of events) {
        const again = eventOf(crypto, event, event.sig);
        if (typeof again === "string" || again.id !== event.id) faults.push(`${event.id} is not the hash of its event`);
      }
      return events;
    }),
  );
}
