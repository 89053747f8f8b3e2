/**
 * What we say while a member is away is left in its mailboxes, so that it gets it also when we are away by then. PROTOCOL.md §22.6.
 *
 * 1. Left are our own logs, from where the member was when it was last here, one after the other, each in its order: keys and all, each
 *    event signed by itself. There are several where our clock was set back, or our home is made of a backup.
 * 2. A mark says how far that has come, in which log, also over restarts; what comes twice is known over there.
 * 3. Nothing is left for a member that is here, nor in a mailbox that is this node itself.
 */
import type { InstanceId, NodeId } from "../../wire/index.ts";
import { reachOver } from "../dials.ts";
import { callPeer } from "../liveness.ts";
import { type ChannelHash, type Event, signEvent } from "../log/event.ts";
import { eventBody } from "../log/event-message.ts";
import type { LogHead } from "../log/heads.ts";
import { type Reference, rankOf } from "../log/kind.ts";
import type { OpenChannel } from "../open/open-channel.ts";
import { bestPath, type Peer } from "../peer-table.ts";
import { save } from "../saving.ts";
import { postInSession } from "../session/letters.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { type Announced, type MailboxPlace, readAnnounced } from "./announcing.ts";
import { AWAY_MS, BACKLOG_MAX, BEFORE_LOST, LEAVE_AGAIN_MS, LEAVING_AT_ONCE, PARCEL_MS } from "./limits.ts";
import type { Leaving } from "./mailbox.ts";
import type { StoredLeftMark } from "./mailbox-store.ts";
import { boxOf } from "./names.ts";
import { sealParcel } from "./parcel.ts";

/** What is told of an event on its way. */
export interface LeftSender {
  readonly kind: "left";
  readonly channel: ChannelHash;
  readonly member: NodeId;
  readonly mailbox: NodeId;
  readonly inst: InstanceId;
  readonly seq: number;
  readonly event: Reference;
}

/** Leaves what is to be left. Called once a second. */
export function tendLeaving(node: NodeState, now: Instant): void {
  for (const { open } of node.channels.joined()) {
    if (open === null || open.secrecy === null || !open.lasting.isKnown) continue;
    const ends = ownEnds(node, open);
    if (ends.length === 0) continue;
    for (const { node: member, role } of open.lasting.roles.members())
      if (member !== node.nodeId && rankOf(role) >= rankOf("reader")) tendMember(node, open, member, ends, now);
  }
}

/** @param ends - of our logs, at least one */
function tendMember(node: NodeState, open: OpenChannel, member: NodeId, ends: readonly LogHead[], now: Instant): void {
  const { leaving } = node.mailboxes;
  const key = keyOf(open.hash, member);
  if (open.neighbours.has(member)) {
    const { seq } = markOf(node, open, member, ends);
    if (leaving.delete(key) || seq === 0) noteMark(node, ends, markBefore(open, member, ends));
    return;
  }
  const state = leaving.get(key) ?? {
    since: now,
    open: new Map(),
    done: new Set(),
    refused: new Map(),
    calledAt: now - LEAVE_AGAIN_MS,
    queue: [],
  };
  leaving.set(key, state);
  if (now - state.since < AWAY_MS) return;
  const mark = nextMark(node, ends, state, markOf(node, open, member, ends));
  const head = ends.find(({ inst }) => inst === mark.inst);
  if (head === undefined || mark.seq >= head.seq) return;
  const announced = announcedBy(node, open, member);
  const mailbox = announced === null ? null : choose(node, announced, state, now);
  if (announced === null || mailbox === null) return;
  recall(node, state, mailbox, now);
  leave(node, open, member, announced, mailbox, state, mark, head, now);
}

/** What is on its way to a mailbox that fell silent goes to the one that is there. */
function recall(node: NodeState, state: Leaving, mailbox: Peer, now: Instant): void {
  for (const [seq, to] of state.open) {
    if (to === mailbox.id || reached(node, to, now) !== null) continue;
    state.open.delete(seq);
    state.queue = []; // read again from the mark on
  }
}

/** Where something can be left for a member: `refused` for where it was not taken of late, `away` for what is not reached now. */
export interface MailboxAt {
  readonly nodeId: NodeId;
  readonly state: "reached" | "refused" | "away";
}

export function mailboxesOf(node: NodeState, open: OpenChannel, member: NodeId, now: Instant): MailboxAt[] {
  const leaving = node.mailboxes.leaving.get(keyOf(open.hash, member));
  const { mailboxes } = announcedBy(node, open, member) ?? { mailboxes: [] };
  return usable(node, mailboxes).map(({ node: nodeId }) => {
    const isRefused = leaving !== undefined && hasRefused(leaving, nodeId, now);
    return { nodeId, state: isRefused ? "refused" : reached(node, nodeId, now) === null ? "away" : "reached" };
  });
}

function announcedBy(node: NodeState, open: OpenChannel, member: NodeId): Announced | null {
  const said = node.events.mailboxOf(open.hash, member);
  return said === null ? null : readAnnounced(said);
}

/** Without us: what lies here comes to the member from us anyway. */
function usable(node: NodeState, mailboxes: readonly MailboxPlace[]): MailboxPlace[] {
  return mailboxes.filter(({ node: id }) => id !== node.nodeId);
}

function hasRefused({ refused }: Leaving, mailbox: NodeId, now: Instant): boolean {
  return now < (refused.get(mailbox) ?? now);
}

/** A session lasts for minutes after its other end fell silent; nothing new is left there meanwhile. */
function reached(node: NodeState, mailbox: NodeId, now: Instant): Peer | null {
  const peer = node.sessions.of(mailbox)?.peer;
  return peer !== undefined && bestPath(peer, now) !== null ? peer : null;
}

/** One that is reached and has not refused of late; where none is, they are called. */
function choose(node: NodeState, { mailboxes }: Announced, state: Leaving, now: Instant): Peer | null {
  const willing = usable(node, mailboxes).filter(({ node: id }) => !hasRefused(state, id, now));
  for (const { node: id } of willing) {
    const peer = reached(node, id, now);
    if (peer !== null) return peer;
  }
  if (now - state.calledAt >= LEAVE_AGAIN_MS) {
    state.calledAt = now;
    for (const place of willing) call(node, place, now);
  }
  return null;
}

/** At its places, and over whoever hears it: behind a router that lets nobody in it has no place of its own. */
function call(node: NodeState, { node: id, at }: MailboxPlace, now: Instant): void {
  for (const endpoint of at) callPeer(node, endpoint, "asked", now);
  reachOver(node, id, null, now);
}

function leave(
  node: NodeState,
  open: OpenChannel,
  member: NodeId,
  { pass, key }: Announced,
  mailbox: Peer,
  state: Leaving,
  mark: StoredLeftMark,
  head: LogHead,
  now: Instant,
): void {
  const { crypto, random, signingKey } = node.config;
  if (signingKey === null) return;
  fill(open, state, mark, head);
  const box = boxOf(crypto, member);
  for (let event = state.queue[0]; event !== undefined && state.open.size < LEAVING_AT_ONCE; event = state.queue[0]) {
    state.queue.shift();
    const whole = event.sig === null ? signEvent(crypto, event, signingKey) : event;
    const parcel = sealParcel(crypto, random, { owner: member, channel: open.hash, key }, eventBody(whole, open.id));
    const { inst, seq, id, hlc } = event;
    if (parcel === null) {
      state.done.add(seq); // longer than a parcel: it comes from whoever meets the member
      continue;
    }
    state.open.set(seq, mailbox.id as NodeId);
    const sender: LeftSender = { kind: "left", channel: open.hash, member, mailbox: mailbox.id as NodeId, inst, seq, event: { hlc, id } };
    postInSession(node, mailbox, { verb: "MESSAGE", body: { channel_id: box, message: "", ptp: { pass, parcel } }, sender }, now);
  }
}

/** Reads on in one log, the oldest first. */
function fill(open: OpenChannel, state: Leaving, mark: StoredLeftMark, head: LogHead): void {
  const from = Math.max(mark.seq, state.queue.at(-1)?.seq ?? 0, ...state.open.keys(), ...state.done) + 1;
  if (from > head.seq) return;
  const least = Math.max(from, head.seq - BACKLOG_MAX + 1);
  const events: Event[] = open.lasting.log.chain({ ...head, from: least, to: head.seq }, BACKLOG_MAX);
  state.queue.push(...events.reverse());
}

/** What became of one. */
export function onLeftSettled(node: NodeState, sender: LeftSender, acked: boolean, now: Instant): void {
  const { channel, member, inst, seq } = sender;
  const state = node.mailboxes.leaving.get(keyOf(channel, member));
  const open = node.channels.joined().find((each) => each.open?.hash === channel)?.open ?? null;
  if (state === undefined || open === null) return;
  const ends = ownEnds(node, open);
  const mark = ends.length === 0 ? null : markOf(node, open, member, ends);
  const isOfMark = mark?.inst === inst;
  if (isOfMark && (state.open.get(seq) === sender.mailbox || acked)) state.open.delete(seq); // else another has been given it since
  if (!acked) {
    state.refused.set(sender.mailbox, now + LEAVE_AGAIN_MS);
    state.queue = []; // read again from the mark on
    return;
  }
  if (node.events.meant(channel, sender.event)?.kind === "post") {
    const until = node.timestamp(now) + PARCEL_MS;
    node.emit({ type: "held", channelId: open.id, id: sender.event.id, for: member, by: sender.mailbox, until });
  }
  if (mark === null || !isOfMark) return;
  state.done.add(seq);
  advance(node, ends, state, mark);
}

/** The mark goes on over all that has arrived without a gap. */
function advance(node: NodeState, ends: readonly LogHead[], state: Leaving, mark: StoredLeftMark): void {
  const first = Math.min(...state.done);
  let seq = mark.seq;
  if (state.open.size === 0 && first > seq + 1) seq = first - 1; // what lies before is more than is left at all
  while (state.done.delete(seq + 1)) seq++;
  if (seq > mark.seq) noteMark(node, ends, { ...mark, seq });
}

/** Where all of a log has arrived, the beginning of the next. */
function nextMark(node: NodeState, ends: readonly LogHead[], state: Leaving, mark: StoredLeftMark): StoredLeftMark {
  const at = ends.findIndex(({ inst }) => inst === mark.inst);
  const next = ends[at + 1];
  if (next === undefined || mark.seq < (ends[at]?.seq ?? 0)) return mark;
  state.queue = [];
  state.done.clear();
  const moved = { ...mark, inst: next.inst, seq: 0 };
  noteMark(node, ends, moved);
  return nextMark(node, ends, state, moved);
}

/** So far behind our last event as was perhaps on its way when the member was lost. */
function markBefore({ hash: channel }: OpenChannel, nodeId: NodeId, ends: readonly LogHead[]): StoredLeftMark {
  let back = BEFORE_LOST;
  for (const { inst, seq } of [...ends].reverse()) {
    if (seq >= back) return { channel, nodeId, inst, seq: seq - back };
    back -= seq;
  }
  return firstMark(channel, nodeId, ends);
}

function markOf(node: NodeState, { hash }: OpenChannel, member: NodeId, ends: readonly LogHead[]): StoredLeftMark {
  const known = node.mailboxes.marks.get(keyOf(hash, member));
  return known !== undefined && ends.some(({ inst }) => inst === known.inst) ? known : firstMark(hash, member, ends);
}

function firstMark(channel: ChannelHash, nodeId: NodeId, [first]: readonly LogHead[]): StoredLeftMark {
  if (first === undefined) throw new Error("a mark is one of a log");
  return { channel, nodeId, inst: first.inst, seq: 0 };
}

/** It only goes on. */
function noteMark(node: NodeState, ends: readonly LogHead[], mark: StoredLeftMark): void {
  const key = keyOf(mark.channel, mark.nodeId);
  const before = node.mailboxes.marks.get(key);
  const placeOf = (each: StoredLeftMark) => ends.findIndex(({ inst }) => inst === each.inst);
  const isBehind = before !== undefined && (placeOf(mark) - placeOf(before) || mark.seq - before.seq) <= 0;
  if (isBehind) return;
  node.mailboxes.marks.set(key, mark);
  save(node, [{ kind: "left-mark", mark }]);
}

/** The ends of our logs, as far as they are on the disk: the one that we write comes last. */
function ownEnds(node: NodeState, { lasting, inst }: OpenChannel): LogHead[] {
  const ends = lasting.log.endsOf(node.nodeId as NodeId);
  return [...ends.filter((end) => end.inst !== inst), ...ends.filter((end) => end.inst === inst)];
}

function keyOf(channel: ChannelHash, member: NodeId): string {
  return `${channel} ${member}`;
}
