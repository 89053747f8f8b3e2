/**
 * Brings an archive into a running node, a part at a time: the node proves each event itself. What is damaged is left out and
 * named by its line; the rest goes on. docs/cli.md "Archives".
 */
import type { ImportOutcome } from "../core/index.ts";
import type { Api } from "./api.ts";
import { ApiError } from "./api.ts";
import { linesOf } from "./archive-lines.ts";
import { type ArchivedEvent, type ArchiveFault, readArchive } from "./archive-reader.ts";
import type { ArchivedMessage, ArchiveHead } from "./archive-view.ts";
import { watched } from "./verify-archive.ts";

export interface ImportReport {
  readonly channel: string;
  readonly channelId: string;
  readonly imported: number;
  /** Events that were there already. */
  readonly held: number;
  /** Texts without a signature: nothing proves who wrote them, so they are left out. */
  readonly texts: number;
  /** Events that were not taken, and lines that could not be read, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** The first of these, in the order of their lines. */
  readonly faults: readonly { readonly line: number; readonly fault: string }[];
}

type Door = Pick<Api, "join" | "importMessages">;

/** Messages, and about as many bytes, that are given to the node at once. */
const PART_MESSAGES = 500;
const PART_UNITS = 1_048_576;
const FAULTS_SHOWN_MAX = 100;

/**
 * @throws ApiError `archive-unreadable` when it is none; and as `join` and `importMessages`: then what went before is kept
 */
export async function importArchive(path: string, api: Door, onProgress: (readBytes: number) => void = () => {}): Promise<ImportReport> {
  let into: Import | null = null;
  for await (const item of readArchive(watched(linesOf(path), onProgress))) {
    if (item.kind === "head") into = await Import.begin(item.head, api);
    else if (into === null) throw noArchive(path, item.kind === "fault" ? item.fault : "no-head");
    else if (item.kind === "text") into.texts++;
    else if (item.kind === "fault") into.refuse(item.line, item.fault);
    else await into.take(item.events);
  }
  if (into === null) throw noArchive(path, "no-head");
  return into.end();
}

class Import {
  texts = 0;
  readonly #head: ArchiveHead;
  readonly #api: Door;
  readonly #channel: string;
  readonly #refused = new Map<string, number>();
  readonly #faults: { readonly line: number; readonly fault: string }[] = [];
  #part: ArchivedEvent[] = [];
  #units = 0;
  #imported = 0;
  #held = 0;

  private constructor(head: ArchiveHead, api: Door, channel: string) {
    this.#head = head;
    this.#api = api;
    this.#channel = channel;
  }

  static async begin(head: ArchiveHead, api: Door): Promise<Import> {
    const { channelId } = await api.join({ channel: wholeNameOf(head) });
    if (channelId !== head.channel_id) throw new ApiError("usage", `${head.channel} here is another channel than that of the archive`);
    return new Import(head, api, channelId);
  }

  /** Events that belong together go in one part: below the first each is proved by the one before. */
  async take(events: readonly ArchivedEvent[]): Promise<void> {
    for (const each of events) {
      this.#part.push(each);
      this.#units += each.event.text.length;
    }
    if (this.#part.length >= PART_MESSAGES || this.#units >= PART_UNITS) await this.#give();
  }

  refuse(line: number, fault: string): void {
    this.#refused.set(fault, (this.#refused.get(fault) ?? 0) + 1);
    if (this.#faults.length < FAULTS_SHOWN_MAX) this.#faults.push({ line, fault });
  }

  async end(): Promise<ImportReport> {
    await this.#give();
    return {
      channel: this.#head.channel,
      channelId: this.#head.channel_id,
      imported: this.#imported,
      held: this.#held,
      texts: this.texts,
      refused: Object.fromEntries(this.#refused),
      faults: this.#faults.sort((a, b) => a.line - b.line),
    };
  }

  async #give(): Promise<void> {
    const part = this.#part;
    this.#part = [];
    this.#units = 0;
    for (let from = 0; from < part.length; from += PART_MESSAGES) await this.#givePart(part.slice(from, from + PART_MESSAGES));
  }

  async #givePart(part: readonly ArchivedEvent[]): Promise<void> {
    const messages = part.map(({ body }): ArchivedMessage => ({ msg_type: "MESSAGE", msg_data: body }));
    const { outcomes } = await this.#api.importMessages({ channel: this.#channel, messages });
    for (const [at, { line }] of part.entries()) this.#count(line, outcomes[at] ?? "busy");
  }

  #count(line: number, outcome: ImportOutcome): void {
    if (outcome === "imported") this.#imported++;
    else if (outcome === "held") this.#held++;
    else this.refuse(line, outcome === "waiting" ? "unproved" : outcome);
  }
}

/** With the whole id of its genesis, where it was made by one: the beginning of that is known to its members only. */
function wholeNameOf({ channel, hash }: ArchiveHead): string {
  const at = channel.indexOf("@");
  return at <= 0 || hash === null ? channel : `${channel.slice(0, at)}@${hash}`;
}

function noArchive(path: string, fault: ArchiveFault): ApiError {
  const why = fault === "too-new" ? "a later ptpchat wrote it: update this one" : "its first line is not that of a ptpchat archive";
  return new ApiError("archive-unreadable", `${path} cannot be imported: ${why}`, fault);
}
