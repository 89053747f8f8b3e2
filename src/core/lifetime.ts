/**
 * Learns how long our NAT keeps a mapping over which nothing is sent, with the help of one neighbour. What comes in is noted;
 * one function looks at it at every pulse. PROTOCOL.md §15.4.
 *
 * 1. A socket for each silence: what comes in may refresh a mapping, so after the first that came through no more is learnt from it.
 * 2. They are shown one after another under one token: what the helper sees is the one that it has not seen yet.
 * 3. A socket sends nothing once it was seen.
 * 4. The helper sends from where the sockets sent to: no filtering keeps that out.
 * 5. Nothing counts as lost unless the helper answered in its session meanwhile, and we are still at the same address.
 */
import { type Endpoint, endpoint, type InstanceId, type Ip, ipOf, portOf } from "../wire/index.ts";
import type { Ref, SocketId } from "./io.ts";
import type { Lifetime, LifetimeFailure, LifetimeReport, LifetimeStep, Silence } from "./lifetime-table.ts";
import { CONNECT_PORT_MIN, LIFETIME_ANSWER_MS, LIFETIME_SILENCES_MS, SURVEY_STAGE_MS } from "./limits.ts";
import type { Path } from "./path.ts";
import type { Peer } from "./peer-table.ts";
import type { NodeState } from "./state.ts";
import { type SurveyBody, sendProbe } from "./survey-help.ts";
import { askHelper, natHelpers, newToken } from "./survey-helpers.ts";
import type { Instant } from "./time.ts";

/** @param own - this machine's addresses: who is seen at one of them is behind no NAT */
export function beginLifetime(node: NodeState, ref: Ref, own: readonly Ip[], now: Instant): void {
  const [helper] = natHelpers(node, now);
  const isBusy = node.surveys.lifetime !== null;
  if (helper === undefined || isBusy) return say(node, ref, { step: "done", report: unknown(isBusy ? "busy" : "no-helper") });
  const silences = LIFETIME_SILENCES_MS.map((silentMs) => newSilence(node, silentMs));
  const token = newToken(node);
  node.surveys.lifetime = { ref, own, helper, token, silences, stage: "asking", since: now, answeredAt: null, failure: null };
  askHelper(node, helper, { survey: token }, now);
}

function newSilence(node: NodeState, silentMs: number): Silence {
  return { silentMs, socket: node.punches.newSocket(), port: 0, sentAt: null, seen: null, triedAt: null, heard: false };
}

// ---- what comes in ----

/** What a neighbour says of our token. */
export function onLifetimeAnswer(node: NodeState, under: Lifetime, path: Path, peer: Peer, body: SurveyBody, now: Instant): void {
  const { helper, own } = under;
  if (peer.id !== helper.peer) return node.drop("survey-not-asked", path.endpoint);
  if (body.seen !== undefined) {
    const seen = body.seen as Endpoint;
    if (helper.seen !== null && ipOf(helper.seen) !== ipOf(seen)) under.failure = "moved";
    helper.seen = seen;
    under.answeredAt = now;
  }
  if (body.came === undefined || body.other !== undefined) return;
  const shown = unseen(under);
  const came = body.came as Endpoint;
  // Who is sent to below that port is nobody (§15.3): silence would tell nothing.
  if (shown === undefined || shown.sentAt === null || portOf(came) < CONNECT_PORT_MIN || isKnown(under, came)) return;
  if (own.some((ip) => endpoint(ip, shown.port) === came)) under.failure = "no-nat";
  else if (helper.seen !== null && ipOf(helper.seen) !== ipOf(came)) under.failure = "moved"; // nobody sends there either
  shown.seen = came;
  under.since = now;
  const next = unseen(under);
  if (next !== undefined) return show(node, under, next, now);
  say(node, under.ref, { step: "silent", sockets: under.silences.length, mostS: inS(under.silences.at(-1)?.silentMs ?? 0) });
}

/** A HELLO in the clear with our token. */
export function onLifetimeProbe(node: NodeState, under: Lifetime, socket: SocketId, from: Endpoint): void {
  const silence = under.silences.find((each) => each.socket === socket);
  if (silence === undefined || silence.triedAt === null || from !== under.helper.endpoint) return node.drop("survey-not-asked", from);
  if (silence.heard) return;
  silence.heard = true;
  say(node, under.ref, { step: "tried", silentS: inS(silence.silentMs), through: true });
}

/** @returns false when the socket is none of ours */
export function onLifetimeSocket(node: NodeState, socket: SocketId, port: number | null): boolean {
  const under = node.surveys.lifetime;
  const silence = under?.silences.find((each) => each.socket === socket);
  if (under === null || silence === undefined) return false;
  if (port === null) under.failure ??= "no-socket";
  else silence.port = port;
  return true;
}

export function lifetimeOf(node: NodeState, token: InstanceId): Lifetime | null {
  const under = node.surveys.lifetime;
  return under?.token === token ? under : null;
}

function unseen({ silences }: Lifetime): Silence | undefined {
  return silences.find(({ seen }) => seen === null);
}

/** Said twice, since it was asked twice. */
function isKnown({ silences }: Lifetime, place: Endpoint): boolean {
  return silences.some(({ seen }) => seen === place);
}

// ---- what is done about it ----

/** Goes on with what is due. Ends as soon as one was lost that the next shorter one was not, or all came through. */
export function tendLifetime(node: NodeState, now: Instant): void {
  const under = node.surveys.lifetime;
  if (under === null) return;
  if (under.failure !== null) return finish(node, under, under.failure);
  const shown = unseen(under);
  const isLate = now - under.since >= SURVEY_STAGE_MS;
  if (under.stage === "asking") {
    if (under.answeredAt !== null) return open(node, under, now);
    return isLate ? finish(node, under, "no-answer") : undefined;
  }
  if (shown !== undefined && isLate) return finish(node, under, "no-answer");
  if (shown !== undefined) show(node, under, shown, now);
  if (under.silences.every(({ heard }) => heard)) return finish(node, under, null);
  const due = under.silences.find((silence) => isDue(silence, now));
  if (due !== undefined && due.seen !== null) tryToReach(node, under, due, due.seen, now);
}

function open(node: NodeState, under: Lifetime, now: Instant): void {
  under.stage = "under-way";
  under.since = now;
  for (const { socket } of under.silences) node.out.push({ kind: "open", socket });
}

function show(node: NodeState, { helper, token }: Lifetime, silence: Silence, now: Instant): void {
  if (silence.port === 0) return;
  silence.sentAt = now;
  sendProbe(node, silence.socket, helper.endpoint, token, now);
}

function isDue({ seen, sentAt, silentMs, heard }: Silence, now: Instant): boolean {
  return seen !== null && sentAt !== null && !heard && now - sentAt >= silentMs;
}

/** Several times: a mapping that is gone stays so, and one that is there lets any of them in. */
function tryToReach(node: NodeState, under: Lifetime, silence: Silence, to: Endpoint, now: Instant): void {
  const { helper, token, answeredAt } = under;
  if (silence.triedAt === null) {
    silence.triedAt = now;
    under.answeredAt = null;
    askHelper(node, helper, { survey: token, to }, now);
    return askHelper(node, helper, { survey: token }, now); // whose answer shows that the helper has heard
  }
  const triedMs = now - silence.triedAt;
  if (triedMs < SURVEY_STAGE_MS) return askHelper(node, helper, { survey: token, to }, now);
  if (answeredAt === null) return triedMs < LIFETIME_ANSWER_MS ? undefined : finish(node, under, "no-answer");
  say(node, under.ref, { step: "tried", silentS: inS(silence.silentMs), through: false });
  finish(node, under, null);
}

// ---- what is concluded ----

function finish(node: NodeState, { ref, silences }: Lifetime, reason: LifetimeFailure | null): void {
  node.surveys.lifetime = null;
  for (const { socket, port } of silences) if (port > 0) node.out.push({ kind: "close", socket });
  const through = silences.findLast(({ heard }) => heard);
  const lost = reason !== null ? undefined : silences.find(({ heard, triedAt }) => triedAt !== null && !heard);
  const seconds = (silence: Silence | undefined) => (silence === undefined ? null : inS(silence.silentMs));
  say(node, ref, { step: "done", report: { atLeastS: seconds(through), belowS: seconds(lost), reason } });
}

function inS(ms: number): number {
  return ms / 1_000;
}

function unknown(reason: LifetimeFailure): LifetimeReport {
  return { atLeastS: null, belowS: null, reason };
}

function say(node: NodeState, ref: Ref, step: LifetimeStep): void {
  node.emit({ type: "lifetime", ref, step });
}
