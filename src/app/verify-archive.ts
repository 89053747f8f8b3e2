/**
 * Checks an archive without a node and without a home: every signature and every chain, by the same code that takes events
 * from neighbours. docs/cli.md "Archives".
 */
import { type ChannelHash, ChannelLog, type Finding, type LogName, type RefusalReason } from "../core/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { type ArchiveLine, linesOf } from "./archive-lines.ts";
import { type ArchivedEvent, type ArchiveFault, type ArchiveItem, readArchive } from "./archive-reader.ts";
import type { ArchiveHead } from "./archive-view.ts";
import { PlaceShelf } from "./place-shelf.ts";

export interface FaultAt {
  readonly line: number;
  readonly fault: ArchiveFault | RefusalReason;
}

/** Events that are known to exist and are not in the file: `from` to `to` of a log. */
export interface Gap extends LogName {
  readonly from: number;
  readonly to: number;
}

export interface ArchiveReport {
  /** Null where the first line is not that of an archive. */
  readonly head: ArchiveHead | null;
  /** Signed events that are proved. */
  readonly events: number;
  /** Texts without a signature, which prove nothing. */
  readonly texts: number;
  /** Events that stand there once more. */
  readonly repeated: number;
  readonly authors: number;
  readonly logs: number;
  /** The newest first, {@link SHOWN_MAX} at most, and how many events all of them have. */
  readonly gaps: readonly Gap[];
  readonly missing: number;
  /** Logs that contradict themselves: their authors wrote two histories. */
  readonly forks: readonly LogName[];
  /** Logs in which an event is dated before the one that it follows. */
  readonly datedBack: readonly LogName[];
  /** The first, in the order of their lines, {@link SHOWN_MAX} at most, and how many there are. */
  readonly faults: readonly FaultAt[];
  readonly faultCount: number;
}

/** What a report names one by one. */
export const SHOWN_MAX = 100;

/**
 * @param onProgress - told now and then how much of the file is read, in bytes
 * @throws ApiError `file-unreadable`
 */
export async function verifyArchive(path: string, onProgress: (readBytes: number) => void = () => {}): Promise<ArchiveReport> {
  const check = new Check();
  for await (const item of readArchive(watched(linesOf(path), onProgress))) check.take(item);
  return check.report();
}

/** Lines, and word of how far they are read. */
export async function* watched(lines: AsyncIterable<ArchiveLine>, onProgress: (readBytes: number) => void): AsyncGenerator<ArchiveLine> {
  let told = 0;
  for await (const line of lines) {
    if (line.readBytes !== told) onProgress(line.readBytes);
    told = line.readBytes;
    yield line;
  }
}

const FROM = "the archive";

class Check {
  readonly #shelf = new PlaceShelf();
  readonly #authors = new Set<string>();
  readonly #logs = new Map<string, LogName>();
  readonly #findings: Finding[] = [];
  readonly #faults: FaultAt[] = [];
  #faultCount = 0;
  #head: ArchiveHead | null = null;
  #log: ChannelLog | null = null;
  #events = 0;
  #texts = 0;
  #repeated = 0;

  take(item: ArchiveItem): void {
    if (item.kind === "head") this.#begin(item.head);
    else if (item.kind === "text") this.#texts++;
    else if (item.kind === "fault") this.#fault(item.line, item.fault);
    else for (const each of item.events) this.#prove(each);
  }

  report(): ArchiveReport {
    const holes = this.#log?.holes() ?? [];
    const named = (kind: Finding["kind"]) => {
      const logs = this.#findings.filter((finding) => finding.kind === kind).map(({ author, inst }) => ({ author, inst }));
      return [...new Map(logs.map((log) => [`${log.author} ${log.inst}`, log])).values()].slice(0, SHOWN_MAX);
    };
    return {
      head: this.#head,
      events: this.#events,
      texts: this.#texts,
      repeated: this.#repeated,
      authors: this.#authors.size,
      logs: this.#logs.size,
      gaps: holes.slice(0, SHOWN_MAX).map(({ author, inst, from, to }) => ({ author, inst, from, to })),
      missing: holes.reduce((sum, { from, to }) => sum + to - from + 1, 0),
      forks: named("fork"),
      datedBack: named("dated-back"),
      faults: this.#faults.sort((a, b) => a.line - b.line),
      faultCount: this.#faultCount,
    };
  }

  #begin(head: ArchiveHead): void {
    this.#head = head;
    if (head.hash !== null) this.#log = new ChannelLog(head.hash as ChannelHash, sodiumCrypto, this.#shelf);
  }

  #prove({ line, event }: ArchivedEvent): void {
    const receipt = this.#log?.receive(event, FROM);
    switch (receipt?.kind) {
      case "accepted": {
        for (const move of receipt.moves) this.#shelf.move(move);
        for (const each of receipt.accepted) this.#shelf.keep(each);
        this.#log?.takeChanged();
        this.#log?.settle(receipt.mark);
        this.#findings.push(...receipt.findings);
        this.#events += receipt.accepted.length;
        this.#authors.add(event.author);
        this.#logs.set(`${event.author} ${event.inst}`, { author: event.author, inst: event.inst });
        return;
      }
      case "held":
        this.#repeated++;
        return;
      case "waiting":
        return this.#fault(line, "unproved");
      case "refused":
        return this.#fault(line, receipt.reason);
      default:
        return this.#fault(line, "wrong-channel");
    }
  }

  #fault(line: number, fault: FaultAt["fault"]): void {
    this.#faultCount++;
    if (this.#faults.length < SHOWN_MAX) this.#faults.push({ line, fault });
  }
}
