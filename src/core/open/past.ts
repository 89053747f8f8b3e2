/**
 * What was said in a private channel before somebody came: shown by members to whom it was given to read that, and asked for by who was given it.
 * PROTOCOL.md §19.6.
 */
import type { BodyOf, Guid, NodeId } from "../../wire/index.ts";
import { type Eyes, entryOf } from "../log/entry.ts";
import { asSeen, type Event } from "../log/event.ts";
import { type HybridTime, US_PER_MS } from "../log/hlc.ts";
import { isShown, type Reference, referenceIn } from "../log/kind.ts";
import { changesOf } from "../log/shown-post.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { KEYS_KEPT_MS, PAST_KEYS_MAX } from "../private/limits.ts";
import {
  answerPast,
  isPastOpen,
  type PastAnswer,
  type PastKey,
  type PastQuestion,
  type PastRange,
  pastOtkOf,
} from "../private/past-keys.ts";
import { KEY_CIPHER } from "../private/repair.ts";
import type { ClosedPlace } from "../private/secret-store.ts";
import type { OpenedEvent } from "../private/secrets.ts";
import { sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { OpenChannel } from "./open-channel.ts";
import { budgetOf, keepOpened, mayHear, presentIn, type Secrecy } from "./secrecy.ts";
import { eyesOf } from "./shown.ts";

// ---- giving ----

/** A GETKEY for message keys, of a member: answered where it was given to read what was said before it came. */
export function onGetPast(node: NodeState, path: Path, peer: Peer, body: BodyOf<"GETKEY">, question: PastQuestion, now: Instant): void {
  const open = node.channels.get(body.channel_id as Guid)?.open ?? null;
  if (open?.secrecy == null) return node.drop("not-joined", path.endpoint);
  const { crypto, random, signingKey } = node.config;
  const asker = peer.id as NodeId;
  if (!mayHear(open, asker)) return node.drop("not-a-member", path.endpoint);
  if (!budgetOf(open.secrecy, asker, now).take(1, now)) return node.drop("busy", path.endpoint);
  if (!isPastOpen(open.lasting.roles.historyOf(asker), node.timestamp(now))) return node.drop("no-history", path.endpoint);
  const ends = { asker, answerer: node.nodeId as NodeId };
  const otk = pastOtkOf(crypto, open.hash, ends, question);
  const session = node.sessions.of(peer.id);
  if (otk === null) return node.drop("bad-key", path.endpoint);
  if (session === undefined || signingKey === null) return;
  const eyes = eyesOf(node, open, now);
  const keys = question.past.flatMap((range) => keysOf(node, open, open.secrecy as Secrecy, range, eyes));
  const answer = answerPast(crypto, random, signingKey, open.hash, ends, question, otk, keys);
  if (answer === null) return node.drop("bad-key", path.endpoint);
  const { key: box, ...ptp } = answer;
  sayInSession(node, session, "KEY", { channel_id: open.id, cipher: KEY_CIPHER, key: box, ptp }, now);
}

/** Of each event of a range from the last down: its key, or that it is not here. */
function keysOf(node: NodeState, open: OpenChannel, secrecy: Secrecy, range: PastRange, eyes: Eyes): PastKey[] {
  const length = range.to - range.from + 1;
  const keys = open.lasting.log.chain(range, length).map((event) => keyTo(node, secrecy, event, eyes));
  return Array.from({ length }, (_, n) => keys[n] ?? "not-here");
}

/** Where its key was not kept, as of what was opened by an older version, that of its epoch may still be here. */
function keyTo(node: NodeState, { secrets }: Secrecy, event: Event, eyes: Eyes): PastKey {
  const kept = node.events.sealedAt(event.channel, event.id, event);
  if (kept === null || kept.waits !== null) return "not-here";
  if (isDeleted(node, asSeen(event, kept.seen), eyes)) return "deleted";
  return kept.key ?? secrets.messageKeyOf(kept.event) ?? "not-here";
}

/** True for a post that was deleted, and for each text that an edit gave it. */
function isDeleted(node: NodeState, seen: Event, eyes: Eyes): boolean {
  const target = seen.kind === "edit" ? referenceIn(seen, "target") : null;
  const post = target === null ? (isShown(seen) ? seen : null) : node.events.meant(seen.channel, target);
  if (post === null || !node.events.isTouched(post)) return false;
  const whole = { ...eyes, isBlocked: () => false }; // whom this user does not want to see has taken it back all the same
  return (entryOf(post, changesOf(node.events, post, whole), whole)?.deletedBy ?? null) !== null;
}

// ---- asking ----

/** Asks for what is closed and may be read, where there is somebody to ask. */
export function tendPast(node: NodeState, open: OpenChannel, secrecy: Secrecy, now: Instant): void {
  const upTo = pastOf(node, open, now);
  if (upTo === null || node.saving.failed !== null) return secrecy.past.stop();
  const { past } = secrecy;
  const wasAsking = past.state.isAsking;
  const asked = past.ask(presentIn(open), (before) => pageOf(node, open, secrecy, upTo, before), now);
  if (past.state.isAsking !== wasAsking) tellPast(node, open, secrecy, now);
  const session = asked === null ? undefined : node.sessions.of(asked.to);
  if (asked === null || session === undefined) return;
  for (const { past: ranges, ...rest } of asked.questions)
    sayInSession(node, session, "GETKEY", { channel_id: open.id, ptp: { ...rest, past: [...ranges] } }, now);
}

/**
 * Once at the beginning, and then how it stands when all that there is was asked for; a member that is asked again, and has nothing again, is no news. As
 * long as the events themselves are coming there is nothing to tell.
 */
function tellPast(node: NodeState, open: OpenChannel, secrecy: Secrecy, now: Instant): void {
  const { isAsking, hasMore } = secrecy.past.state;
  if (isAsking ? secrecy.pastTold !== "" : hasMore || open.lasting.log.holes().length > 0) return;
  const rest = pastIn(node, open.id, now);
  const told = JSON.stringify(rest.map(({ author, count, deleted, asked }) => [author, count, deleted, asked]));
  if (told === secrecy.pastTold) return;
  secrecy.pastTold = told;
  node.emit({ type: "past", channelId: open.id, rest });
}

/** The last epoch of what we ask for, where that was given to us, and not too long ago. */
function pastOf(node: NodeState, open: OpenChannel, now: Instant): HybridTime | null {
  return isPastOpen(open.lasting.roles.historyOf(node.nodeId as NodeId), node.timestamp(now)) ? upToIn(node, open, now) : null;
}

/** What was said before we came, and what nobody has the key of an epoch of any more: who has lost its keys reads that again. */
function upToIn(node: NodeState, { lasting }: OpenChannel, now: Instant): HybridTime | null {
  const since = lasting.roles.sinceOf(node.nodeId as NodeId);
  return since === null ? null : Math.max(since, US_PER_MS * (node.timestamp(now) - KEYS_KEPT_MS));
}

/** What is open already, and only not yet so on the disk, is passed over. */
function pageOf(node: NodeState, open: OpenChannel, { secrets }: Secrecy, upTo: number, before: Reference | null): ClosedPlace[] {
  for (let from = before; ; ) {
    const page = node.events.closed(open.hash, upTo, from, PAST_KEYS_MAX);
    const closed = page.filter(({ id }) => !secrets.isOpening(id));
    const last = page.at(-1);
    if (closed.length > 0 || last === undefined) return closed;
    from = last;
  }
}

/** A KEY that answers a question of ours for message keys. */
export function onPast(node: NodeState, path: Path, peer: Peer, body: BodyOf<"KEY">, answer: PastAnswer, now: Instant): void {
  const open = node.channels.get(body.channel_id as Guid)?.open ?? null;
  const secrecy = open?.secrecy ?? null;
  if (open === null || secrecy === null) return node.drop("not-joined", path.endpoint);
  const from = peer.id as NodeId;
  const given = secrecy.past.open(answer, body.key, from);
  if (given === null) return node.drop("bad-key", path.endpoint);
  const opened: OpenedEvent[] = [];
  let isWrong = false;
  for (const { place, key } of given) {
    const event = typeof key === "string" ? null : secrecy.secrets.openByKey(place, key);
    if (event === "wrong-key") isWrong = true;
    else if (event !== null) opened.push(event);
  }
  if (isWrong) {
    node.drop("bad-key", path.endpoint);
    secrecy.past.doubt(from, now);
  }
  keepOpened(node, open, opened, () => {});
  tendPast(node, open, secrecy, now);
}

// ---- for people ----

/** What was said before we came and is closed still. */
export interface PastView {
  readonly author: string;
  readonly count: number;
  /** Of these, what was deleted since, as members say. */
  readonly deleted: number;
  /** Members that were asked for it. */
  readonly asked: number;
  /** `asking`: keys are coming. `waiting`: no member is here that was not asked. `over`: it was given to us too long ago. */
  readonly state: "asking" | "waiting" | "over";
}

/** Nothing where it was not given to us to read that. */
export function pastIn(node: NodeState, channelId: Guid, now: Instant): PastView[] {
  const open = node.channels.get(channelId)?.open ?? null;
  if (open?.secrecy == null || open.lasting.roles.historyOf(node.nodeId as NodeId) === null) return [];
  const upTo = upToIn(node, open, now);
  if (upTo === null) return [];
  const { past } = open.secrecy;
  const { isAsking, asked } = past.state;
  const state = pastOf(node, open, now) === null ? "over" : isAsking ? "asking" : "waiting";
  return node.events.closedCounts(open.hash, upTo).map(({ author, count }) => {
    return { author, count, deleted: Math.min(count, past.deletedOf(author)), asked, state };
  });
}
