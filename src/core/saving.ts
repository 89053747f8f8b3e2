/** What the node wants kept, batch by batch, and what waits for it. A failed store makes the node read-only until it works again. */

import { channelRow } from "./joining.ts";
import { STORE_RETRY_MAX, STORE_RETRY_MS } from "./limits.ts";
import type { NodeState } from "./state.ts";
import type { Change } from "./store.ts";
import { type Instant, NEVER, NEVER_YET } from "./time.ts";

/** What happens once a batch is on the disk, or could not be kept. */
export interface Waiting {
  saved(now: Instant): void;
  failed(code: string): void;
  /** True: a batch that failed is tried again until it is kept, and this waits on. */
  readonly retried?: boolean;
}

interface Batch {
  readonly changes: readonly Change[];
  readonly waits: Waiting | null;
}

export class Saving {
  readonly open = new Map<number, Batch>();
  nextBatch = 1;
  /** Null while the store works, else its code. */
  failed: string | null = null;
  retryAt: Instant = NEVER;
  /** The file is damaged: nothing more is written to it, so that what is left of it can be saved. Never false again. */
  isDamaged = false;
  /** What could not be kept and was promised to nobody: tried again. */
  readonly lost: Change[] = [];
  /** Batches that are tried again as they were, in their order. */
  readonly again: Batch[] = [];
}

/** @param waits - what this was promised to; without it the changes of a failed batch are tried again */
export function save(node: NodeState, changes: readonly Change[], waits: Waiting | null = null): void {
  const batch = node.saving.nextBatch++;
  node.saving.open.set(batch, { changes, waits });
  node.out.push({ kind: "save", batch, changes });
}

export function onSaved(node: NodeState, id: number, now: Instant): void {
  const batch = node.saving.open.get(id);
  node.saving.open.delete(id);
  if (node.saving.failed !== null && !node.saving.isDamaged && batch !== undefined && batch.changes.length > 0) {
    node.saving.failed = null;
    node.emit({ type: "store-recovered" });
    node.saving.retryAt = NEVER_YET; // some of what was tried again may have come too early
  }
  batch?.waits?.saved(now);
}

export function onSaveFailed(node: NodeState, id: number, code: string, now: Instant): void {
  const batch = node.saving.open.get(id);
  node.saving.open.delete(id);
  if (node.saving.failed === null) node.emit({ type: "store-failed", code });
  if (!node.saving.isDamaged) node.saving.failed = code;
  node.saving.isDamaged ||= code === "damaged";
  node.saving.retryAt = now + STORE_RETRY_MS;
  if (batch === undefined) return;
  if (batch.waits?.retried === true) node.saving.again.push(batch);
  if (batch.waits !== null) batch.waits.failed(code);
  else retryLater(node, batch.changes);
}

/** The store could not read what a log asked for. One that is damaged stays read-only: what else it holds must not suffer. */
export function onReadFailed(node: NodeState, code: string): void {
  const { saving } = node;
  if (saving.isDamaged) return;
  if (saving.failed !== code) node.emit({ type: "store-failed", code });
  saving.failed = code;
  saving.isDamaged = code === "damaged";
  saving.retryAt = NEVER_YET;
}

/** What could not be kept is tried again when the store works. */
export function retryLater(node: NodeState, changes: readonly Change[]): void {
  node.saving.lost.push(...changes.slice(0, STORE_RETRY_MAX - node.saving.lost.length));
}

/** Tries the store again: with what it could not keep, else by writing what it already holds. */
export function retrySaving(node: NodeState, now: Instant): void {
  const saving = node.saving;
  const isOver = saving.failed === null && saving.again.length + saving.lost.length === 0;
  if (isOver || saving.isDamaged || now < saving.retryAt) return;
  saving.retryAt = now + STORE_RETRY_MS;
  for (const { changes, waits } of saving.again.splice(0)) save(node, changes, waits);
  const changes = saving.lost.splice(0);
  if (changes.length === 0 && saving.failed !== null) changes.push(...joinedRows(node, now));
  if (changes.length === 0) return; // nothing to try it with: the next thing to keep will show
  saving.retryAt = NEVER;
  save(node, changes);
}

function joinedRows(node: NodeState, now: Instant): Change[] {
  return node.channels.joined().map((channel) => ({ kind: "channel", channel: channelRow(node, channel, now) }));
}
