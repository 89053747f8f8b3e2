/**
 * What logs ask of the store: a few small questions, answered at once. They are synchronous because the answer decides
 * what becomes of the event in hand, and cheap because each looks at one index for a bounded number of rows. A store
 * may not know yet what it was given and has not answered as saved; whoever asks adds that itself (`unsaved.ts`).
 * PROTOCOL.md §13.6.
 */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import type { ChannelHash, Event } from "./event.ts";
import type { HybridTime } from "./hlc.ts";
import type { EffectKind, Reference } from "./kind.ts";
import type { Branch, Log } from "./log.ts";

/** Whole events come as they were signed from `event`, `range` and `statementsBy`; from all others as people see them, opened where they are sealed. */
export interface EventReader {
  /**
   * The branch in which an event lies, null when it is not held.
   * @param place - where its author put it: asked for by its place, an event is found at once
   */
  branchOf(channel: ChannelHash, id: EventId, place: EventPlace): number | null;
  /** An event of which only the id is known. It takes longer the more events there are: not for what a neighbour can repeat. */
  event(channel: ChannelHash, id: EventId): Event | null;
  /** Events `to` down to `from` of one branch, newest first, at most `most` and {@link RANGE_MAX}; ends where one is not held. */
  range(range: EventRange, most: number): Event[];
  /** The event that a reference leads to, where it is one that people see; null when it is not held. Its time finds it at once. */
  meant(channel: ChannelHash, reference: Reference): Event | null;
  /** True for a post to which anything was done: most are told apart by this one look. */
  isTouched(post: Event): boolean;
  /**
   * What was done to a post: the edits, deletes or reactions that mean it, newest first, at most `most` and {@link RANGE_MAX}.
   * It takes no longer when there are many more.
   * @param by - only those of this author: nobody else's can cover them
   */
  effectsOn(post: Event, kind: EffectKind, most: number, by?: NodeId): Event[];
  /** The last events of a kind that names something, newest first, at most `most` and {@link RANGE_MAX}. @param by - only of this author */
  latest(channel: ChannelHash, kind: "nick" | "topic", most: number, by?: NodeId): Event[];
  /**
   * The grants, revokes, leaves and invites of one author, in the order kept, at most `STATEMENTS_PER_ADMIN_MAX`.
   * @param skip - so many of the first are left out: those of an owner may be more than one answer
   */
  statementsBy(channel: ChannelHash, author: NodeId, skip?: number): Event[];
}

/** What one answer holds of events: some ms of reading, and the longest ones still fit into memory. */
export const RANGE_MAX = 1_000;

/** Where its author put an event. */
export interface EventPlace {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly seq: number;
}

export interface EventRange {
  readonly channel: ChannelHash;
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly branch: number;
  readonly from: number;
  readonly to: number;
}

/** The first event of a branch that stays when those before it are dropped. */
export interface Low extends EventPlace {
  readonly id: EventId;
  readonly prev: EventId | null;
  readonly hlc: HybridTime;
}

/** Events of one branch that are dropped: all below a seq. */
export interface LogCut {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly branch: number;
  readonly below: number;
}

/** One log as the store keeps it beside its events, so that a start need not read them. */
export interface LogRow {
  readonly author: NodeId;
  readonly inst: InstanceId;
  readonly floor: number;
  readonly branches: readonly (readonly [label: number, branch: Branch])[];
}

/** A log as the store keeps it; a copy, since the log goes on. */
export function rowOf({ author, inst, floor, branches }: Log): LogRow {
  const copies = [...branches].map(([label, branch]) => [label, copyOf(branch)] as const);
  return { author, inst, floor, branches: copies };
}

export function copyOf({ root, bottom, stretches }: Branch): Branch {
  const own = { root: root === null ? null : { ...root }, stretches: stretches.map((stretch) => ({ ...stretch })) };
  return bottom === undefined ? own : { ...own, bottom };
}
