/**
 * Reads an archive, and trusts nothing in it. Events come out in groups, each in an order in which one after the other can be
 * proved: the signed one first, then those before it that it covers, which in the file stand above it. PROTOCOL.md §13.4.
 */
import type { ChannelHash, Event, EventReason } from "../core/index.ts";
import { channelGuid, GENESIS, readEvent } from "../core/index.ts";
import { openChannelHash } from "../crypto/index.ts";
import { sodiumCrypto as crypto } from "../crypto/sodium/index.ts";
import { type BodyOf, type DecodeReason, decode, parseEventId, parseGuid, SESSION_MESSAGE_MAX } from "../wire/index.ts";
import type { ArchiveLine } from "./archive-lines.ts";
import { ARCHIVE_VERSION, type ArchiveHead } from "./archive-view.ts";

/** What is wrong with a line. Stable; each has its line in cli.md. */
export type ArchiveFault =
  | "no-head" // the first line is not that of an archive
  | "too-new" // a later ptpchat wrote it
  | "wrong-name" // nothing in the file proves that the channel is called so
  | "line-too-long"
  | "unproved" // no signature in the file covers it
  | "cut-off" // the file ends before its last line
  | "miscounted" // its last line counts other events than there are
  | DecodeReason
  | EventReason;

export interface ArchivedEvent {
  readonly line: number;
  readonly event: Event;
  readonly body: BodyOf<"MESSAGE">;
}

export type ArchiveItem =
  | { readonly kind: "head"; readonly head: ArchiveHead }
  /** Newest first. At the end of the file come those that nothing before covered. */
  | { readonly kind: "events"; readonly events: readonly ArchivedEvent[] }
  | { readonly kind: "text"; readonly line: number }
  | { readonly kind: "fault"; readonly line: number; readonly fault: ArchiveFault };

/** Units of texts that may wait for a signature, of all logs together: what a few hundred full batches have. */
const WAITING_UNITS_MAX = 64 * 1_048_576;
/** What an event has besides its texts. */
const EVENT_UNITS = 400;

export async function* readArchive(lines: AsyncIterable<ArchiveLine>): AsyncGenerator<ArchiveItem> {
  let reader: Reader | null = null;
  let last = 0;
  for await (const { number, bytes } of lines) {
    last = number;
    if (reader !== null) yield* reader.read(number, bytes);
    else {
      const head = bytes === null ? "no-head" : headOf(bytes);
      if (typeof head === "string") return yield { kind: "fault", line: number, fault: head };
      yield { kind: "head", head };
      reader = new Reader(head);
    }
  }
  if (reader === null) yield { kind: "fault", line: 1, fault: "no-head" };
  else yield* reader.end(last);
}

class Reader {
  readonly #head: ArchiveHead;
  readonly #waiting = new Map<string, ArchivedEvent>();
  #waitingUnits = 0;
  #messages = 0;
  #ended = false;
  /** Something in the file proves the name: nothing has to, or the genesis was there. */
  #isNamed: boolean;

  constructor(head: ArchiveHead) {
    this.#head = head;
    this.#isNamed = isOfName(head);
  }

  *read(line: number, bytes: Buffer | null): Generator<ArchiveItem> {
    if (bytes?.length === 0) return; // an editor's empty last line
    const item = bytes === null ? ({ kind: "fault", line, fault: "line-too-long" } as const) : this.#item(line, bytes);
    if (item === null) return;
    this.#messages++;
    if ("event" in item) yield* this.#take(item);
    else yield item;
  }

  *end(line: number): Generator<ArchiveItem> {
    const waiting = [...this.#waiting.values()].sort((a, b) => b.event.seq - a.event.seq);
    if (waiting.length > 0) yield { kind: "events", events: waiting };
    if (!this.#isNamed) yield { kind: "fault", line: 1, fault: "wrong-name" };
    if (!this.#ended) yield { kind: "fault", line, fault: "cut-off" };
  }

  /** What a line says; null for the last one of an archive, which counts right. */
  #item(line: number, bytes: Buffer): ArchivedEvent | Exclude<ArchiveItem, { kind: "head" | "events" }> | null {
    const decoded = decode(bytes, SESSION_MESSAGE_MAX);
    if (!decoded.ok) {
      const said = decoded.reason === "no-verb" ? endOf(bytes) : null;
      if (said === null) return { kind: "fault", line, fault: decoded.reason };
      this.#ended = true;
      return said === this.#messages ? null : { kind: "fault", line, fault: "miscounted" };
    }
    if (decoded.message.verb !== "MESSAGE") return { kind: "fault", line, fault: "unknown-verb" };
    const { body } = decoded.message;
    if (body.channel_id !== this.#head.channel_id) return { kind: "fault", line, fault: "wrong-channel" };
    const event = readEvent(crypto, body, this.#head.hash as ChannelHash | null);
    if (event === "no-event") return { kind: "text", line };
    if (typeof event !== "string" && event.kind === GENESIS) this.#isNamed = true;
    return typeof event === "string" ? { kind: "fault", line, fault: event } : { line, event, body };
  }

  *#take(taken: ArchivedEvent): Generator<ArchiveItem> {
    if (taken.event.sig === null) return yield* this.#wait(taken);
    const events = [taken];
    for (let below = this.#pull(taken.event.prev); below !== null; below = this.#pull(below.event.prev)) events.push(below);
    yield { kind: "events", events };
  }

  *#wait(taken: ArchivedEvent): Generator<ArchiveItem> {
    this.#waiting.set(taken.event.id, taken);
    this.#waitingUnits += unitsOf(taken.event);
    while (this.#waitingUnits > WAITING_UNITS_MAX) {
      const [oldest] = this.#waiting.keys();
      const given = this.#pull(oldest ?? null);
      if (given === null) return;
      yield { kind: "fault", line: given.line, fault: "unproved" };
    }
  }

  #pull(id: string | null): ArchivedEvent | null {
    const found = id === null ? undefined : this.#waiting.get(id);
    if (found === undefined) return null;
    this.#waiting.delete(found.event.id);
    this.#waitingUnits -= unitsOf(found.event);
    return found;
  }
}

function unitsOf({ text, details }: Event): number {
  return details.reduce((units, [name, value]) => units + name.length + value.length, EVENT_UNITS + text.length);
}

/** The messages that the last line of an archive counts; null for any other line. */
function endOf(bytes: Buffer): number | null {
  const { end, messages } = JSON.parse(bytes.toString()) as { end?: unknown; messages?: unknown };
  return end === true && typeof messages === "number" ? messages : null;
}

function headOf(bytes: Buffer): ArchiveHead | ArchiveFault {
  let head: Partial<ArchiveHead> | null;
  try {
    head = JSON.parse(bytes.toString()) as Partial<ArchiveHead> | null;
  } catch {
    return "no-head";
  }
  if (typeof head !== "object" || head === null || typeof head.ptpchat_archive !== "number") return "no-head";
  if (head.ptpchat_archive > ARCHIVE_VERSION) return "too-new";
  const { channel, channel_id, hash = null } = head;
  if (typeof channel !== "string" || typeof channel_id !== "string" || parseGuid(channel_id) === null) return "no-head";
  if (hash !== null && (typeof hash !== "string" || parseEventId(hash) === null)) return "no-head";
  if (hash !== null && channelGuid(hash as ChannelHash) !== channel_id) return "wrong-name";
  return { ...head, hash } as ArchiveHead;
}

/** True where the hash is made of the name; a channel that somebody owns has the id of its genesis for a hash. */
function isOfName({ channel, hash }: ArchiveHead): boolean {
  if (hash === null || !channel.startsWith("#")) return true;
  return Buffer.from(openChannelHash(crypto, channel.slice(1))).toString("hex") === hash;
}
