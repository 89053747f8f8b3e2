/**
 * A word code, from its making to its end. Its first word names a place where the two look for each other, as members of a channel do:
 * at a neighbour of both, or directly. The other words are the secret of one CPace run inside the session of the two. PROTOCOL.md §20.5.
 *
 *   guest -> host  JOIN    {}                                at the place
 *   host -> guest  CHANNEL {cpace: sid, Ya}
 *   guest -> host  JOIN    {cpace: Yb, confirm: Tb}
 *   host -> guest  CHANNEL {confirm: Ta, sealed}             or {code: "wrong"}
 *
 * 1. Nothing of it is said outside a session, and the names of both ends go into the key: who stands between them has another one.
 * 2. A wrong confirmation ends the code at both ends, so whoever guesses has one try.
 * 3. The host has few runs open at a time, and each code has an end.
 */
import { beginCPace, type CPaceMessage, concat, finishCPace } from "../../crypto/index.ts";
import { type BodyOf, base64, fromBase64, type Guid, type NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { Command } from "../io.ts";
import { sayLeave, tendJoins } from "../joining.ts";
import { fromBase32 } from "../log/text-form.ts";
import type { Peer } from "../peer-table.ts";
import { sayInSession } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import { placesToAsk } from "./knocking.ts";
import { MEET_AGAIN_MS, MEETING_RUNS_MAX, RUNS_AT_ONCE, RUNS_PER_SECOND } from "./limits.ts";
import type { CodeFailure, CodeStep, Meeting, Run } from "./meeting.ts";

type Asked = NonNullable<BodyOf<"JOIN">["ptp"]>;
type Answered = NonNullable<BodyOf<"CHANNEL">["ptp"]>;

const SID_BYTES = 16;
const SHARE_BYTES = 32;
const KEY_BYTES = 32;
const encoder = new TextEncoder();
const KEY_WORDS = encoder.encode("ptpchat/1 code key");
const NOTHING = new Uint8Array(0);

/** Begins to look for the other one; steps are told as `code` events with the same `id`. */
export function beginMeeting(node: NodeState, command: Extract<Command, { kind: "meet" }>, now: Instant): void {
  const { id: ref, purpose, role, slot, prs, group, payload, at, forMs } = command;
  const channel = node.channels.openOwn(slot, "");
  if (channel.meeting !== null) endMeeting(node, channel, "ended", now);
  const begins = new TokenBucket(RUNS_AT_ONCE, RUNS_PER_SECOND, now);
  channel.meeting = { ref, purpose, role, prs, group, payload, until: now + forMs, runs: new Map(), begins, againAt: now + MEET_AGAIN_MS };
  tell(node, channel.meeting, { step: "looking" });
  for (const { peer } of placesToAsk(node, at, now)) {
    if (peer === null) continue;
    const target = node.channels.putTarget(channel, peer.id, now);
    target.nextAt = now;
    target.tries = 0;
  }
  tendJoins(node, now);
}

export function endMeetingOf(node: NodeState, ref: string, now: Instant): void {
  for (const channel of [...node.channels.all()]) if (channel.meeting?.ref === ref) endMeeting(node, channel, "ended", now);
}

/** Called at every pulse. */
export function tendMeetings(node: NodeState, now: Instant): void {
  for (const channel of [...node.channels.all()]) {
    const { meeting } = channel;
    if (meeting === null) continue;
    if (now >= meeting.until) endMeeting(node, channel, meeting.role === "guest" && meeting.runs.size > 0 ? "silent" : "nobody", now);
    else if (meeting.role === "guest" && meeting.runs.size === 0 && now >= meeting.againAt) {
      meeting.againAt = now + MEET_AGAIN_MS;
      for (const target of channel.targets.values()) target.nextAt = now;
    }
  }
}

// ---- the host ----

/** Somebody is at the place: the host says its part, and hears the other's. */
export function onMet(node: NodeState, channel: Channel, peer: Peer, said: Asked, now: Instant): void {
  const { meeting } = channel;
  if (meeting === null) return node.drop("code-stray", peer.endpoint);
  if (meeting.role === "guest") return callBack(node, channel, peer, now);
  if (peer.session === null) return;
  if (said.cpace !== undefined) return onGuess(node, channel, meeting, peer, said, now);
  const run = meeting.runs.get(peer.id) ?? newRun(node, meeting, peer.session, now);
  if (run === null) return node.drop("code-rate", peer.endpoint);
  meeting.runs.set(peer.id, run);
  const [first] = meeting.runs.keys();
  if (first !== undefined && meeting.runs.size > MEETING_RUNS_MAX) meeting.runs.delete(first);
  say(node, channel.id, peer, { cpace: base64(concat(run.own.sid, run.own.share)) }, now);
}

/** Whoever is there may be the host, which speaks to who asks. */
function callBack(node: NodeState, channel: Channel, peer: Peer, now: Instant): void {
  if (!channel.targets.has(peer.id)) node.channels.putTarget(channel, peer.id, now);
}

function newRun({ config }: NodeState, { group, prs, purpose, begins }: Meeting, session: Session, now: Instant): Run | null {
  if (!session.proofs.take(1, now) || !begins.take(1, now)) return null;
  const input = { prs, ci: purposeBytes(purpose), sid: config.random(SID_BYTES) };
  return { own: beginCPace(config.crypto, group, input, config.random(SHARE_BYTES)), keys: null };
}

function onGuess(node: NodeState, channel: Channel, meeting: Meeting, peer: Peer, { cpace = "", confirm = "" }: Asked, now: Instant): void {
  const { crypto } = node.config;
  const run = meeting.runs.get(peer.id);
  if (run === undefined) return node.drop("code-stray", peer.endpoint);
  const host = { share: run.own.share, ad: fromBase32(node.nodeId as NodeId) };
  const keys = finishCPace(crypto, meeting.group, run.own, host, { share: fromBase64(cpace), ad: fromBase32(peer.id) });
  if (keys === null || !crypto.equal(keys.responderTag, fromBase64(confirm))) {
    node.drop("code-wrong", peer.endpoint);
    say(node, channel.id, peer, { code: "wrong" }, now);
    return endMeeting(node, channel, "wrong", now);
  }
  const sealed = crypto.seal(sealingKey(node, keys.isk), 0, NOTHING, meeting.payload);
  say(node, channel.id, peer, { confirm: base64(keys.initiatorTag), sealed: base64(sealed) }, now);
  finish(node, channel, meeting, peer, meeting.payload, now);
}

// ---- the guest ----

/** What the host says. */
export function onHostSaid(node: NodeState, channel: Channel | undefined, peer: Peer, said: Answered, now: Instant): void {
  const meeting = channel?.meeting ?? null;
  if (channel === undefined || meeting === null || meeting.role !== "guest" || peer.session === null)
    return node.drop("code-stray", peer.endpoint);
  if (said.cpace !== undefined) return answer(node, channel, meeting, peer, fromBase64(said.cpace), now);
  const run = meeting.runs.get(peer.id);
  if (run?.keys == null) return node.drop("code-stray", peer.endpoint);
  const { crypto } = node.config;
  const isProved = said.confirm !== undefined && crypto.equal(run.keys.initiatorTag, fromBase64(said.confirm));
  const payload =
    isProved && said.sealed !== undefined ? crypto.open(sealingKey(node, run.keys.isk), 0, NOTHING, fromBase64(said.sealed)) : null;
  if (payload !== null) return finish(node, channel, meeting, peer, payload, now);
  node.drop("code-wrong", peer.endpoint);
  endMeeting(node, channel, "wrong", now);
}

/** The first who speaks is answered, and nobody else: each answer lets its receiver try one guess. */
function answer(node: NodeState, channel: Channel, meeting: Meeting, peer: Peer, said: Uint8Array, now: Instant): void {
  const { crypto, random } = node.config;
  const { session } = peer;
  if (session === null || meeting.runs.size > 0 || said.length !== SID_BYTES + SHARE_BYTES) return node.drop("code-stray", peer.endpoint);
  const input = { prs: meeting.prs, ci: purposeBytes(meeting.purpose), sid: said.subarray(0, SID_BYTES) };
  const own = beginCPace(crypto, meeting.group, input, random(SHARE_BYTES));
  const host: CPaceMessage = { share: said.subarray(SID_BYTES), ad: fromBase32(peer.id) };
  const keys = finishCPace(crypto, meeting.group, own, host, { share: own.share, ad: fromBase32(node.nodeId) });
  if (keys === null) return node.drop("code-wrong", peer.endpoint);
  meeting.runs.set(peer.id, { own, keys });
  tell(node, meeting, { step: "meeting", peer: peer.id });
  sayInSession(
    node,
    session,
    "JOIN",
    { channel_id: channel.id, ptp: { cpace: base64(own.share), confirm: base64(keys.responderTag) } },
    now,
  );
}

// ---- both ----

function say(node: NodeState, slot: Guid, { session }: Peer, ptp: Answered, now: Instant): void {
  if (session !== null) sayInSession(node, session, "CHANNEL", { channel_id: slot, ptp: { member: true, ...ptp } }, now);
}

function purposeBytes(purpose: string): Uint8Array {
  return encoder.encode(`ptpchat/1 code\0${purpose}`);
}

function sealingKey({ config }: NodeState, isk: Uint8Array): Uint8Array {
  return config.crypto.hkdfSha256(isk, NOTHING, KEY_WORDS, KEY_BYTES);
}

function finish(node: NodeState, channel: Channel, meeting: Meeting, peer: Peer, payload: Uint8Array, now: Instant): void {
  tell(node, meeting, { step: "done", peer: peer.id, payload });
  leavePlace(node, channel, now);
}

function endMeeting(node: NodeState, channel: Channel, reason: CodeFailure, now: Instant): void {
  if (channel.meeting !== null) tell(node, channel.meeting, { step: "failed", reason });
  leavePlace(node, channel, now);
}

function leavePlace(node: NodeState, channel: Channel, now: Instant): void {
  channel.meeting = null;
  sayLeave(node, channel, now);
  channel.targets.clear();
  node.channels.sweep(channel);
}

function tell(node: NodeState, { ref }: Meeting, step: CodeStep): void {
  node.emit({ type: "code", ref, step });
}
