/** What was given to the store and is not answered yet: it must be known as held, and the store may not know it. */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { Move } from "./log.ts";

/** Numbers what is saved together; rises. */
export type Mark = number;

/** A move, and the log that it is of. */
export interface LogMove extends Move {
  readonly author: NodeId;
  readonly inst: InstanceId;
}

interface Entry {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly seq: number;
  branch: number;
  readonly mark: Mark;
}

export class Unsaved {
  readonly #events = new Map<EventId, Entry>();
  #moves: { readonly move: LogMove; readonly mark: Mark }[] = [];

  get size(): number {
    return this.#events.size;
  }

  has(id: EventId): boolean {
    return this.#events.has(id);
  }

  add(id: EventId, entry: Entry): void {
    this.#events.set(id, entry);
  }

  move(move: LogMove, mark: Mark): void {
    this.#moves.push({ move, mark });
    for (const entry of this.#events.values()) if (isIn(move, entry)) entry.branch = move.to;
  }

  /**
   * What was saved under these marks is on the disk; what went before them need not be, since a disk that was full takes what comes
   * when there is room. All at once, since a `Map` goes past what was deleted from its beginning at each look from there.
   */
  settle(marks: ReadonlySet<Mark>): void {
    const last = Math.max(...marks);
    for (const [id, { mark }] of this.#events) {
      if (mark > last) break; // in the order of their marks
      if (marks.has(mark)) this.#events.delete(id);
    }
    if (this.#moves.length > 0) this.#moves = this.#moves.filter(({ mark }) => !marks.has(mark));
  }

  /**
   * The branch of an event.
   * @param stored - the branch that the store tells, asked only when need be
   */
  branchOf(author: NodeId, inst: InstanceId, seq: number, id: EventId, stored: () => number | null): number | null {
    const entry = this.#events.get(id);
    if (entry !== undefined) return entry.branch;
    let branch = stored();
    if (branch === null) return null;
    for (const { move } of this.#moves) if (isIn(move, { author, inst, seq, branch })) branch = move.to;
    return branch;
  }
}

function isIn(move: LogMove, { author, inst, seq, branch }: Omit<Entry, "mark">): boolean {
  return move.from === branch && move.low <= seq && seq <= move.high && move.inst === inst && move.author === author;
}
