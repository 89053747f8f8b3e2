/**
 * Two nodes whose session travels over a relay look for a way without it. Each tells the other inside the session where it may
 * be reached, and both send challenges of that session there at once; what answers becomes a path. Meanwhile everything goes
 * on over the relay. PROTOCOL.md §11.9.
 *
 * 1. The end with the smaller node id begins, unless it does not; where both do, its attempt counts.
 * 2. Probes go only to places that the other end itself has named, within the bounds of {@link placesToTry}.
 * 3. Ports are guessed only for contacts and members of a channel of ours, for one node at a time, and never again soon.
 * 4. However it ends, every socket that no path uses is closed.
 */
import { type BodyOf, type Endpoint, type InstanceId, type Ip, ipOf } from "../../wire/index.ts";
import type { ConnectFailure, Ref } from "../io.ts";
import {
  APPROACH_AGAIN_MS,
  APPROACH_AGAIN_MS_MAX,
  APPROACH_ASK_MS,
  APPROACH_ASKS_MAX,
  APPROACH_ASKS_PER_SECOND,
  APPROACH_AWAITED_MS,
  APPROACH_BUSY_MS,
  APPROACH_LOOK_MS,
  APPROACH_PLAIN_MS,
  APPROACH_SAMPLE_MS,
  APPROACHES_MAX,
  CONNECT_GAP_MS,
  KNOCK_GAP_MS,
} from "../limits.ts";
import { isLive, type Path } from "../path.ts";
import { mayTellAddress } from "../path-policy.ts";
import { bestPath } from "../peer-table.ts";
import { sayInSession } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import { newToken } from "../survey-helpers.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { Approach, Past } from "./approach-table.ts";
import { ownCandidates, relayOf } from "./candidates.ts";
import { beginKnocking, closeSockets, knockOn, tryPlaces } from "./knocks.ts";
import { askAround, beginSample, hasLookedAround, isSampled, sampledPlace, sampleMore } from "./look-around.ts";
import { isAnyGuessing, isKnownPlace, isNear, isTrusted } from "./permits.ts";
import type { Habit } from "./port-habit.ts";

const NOWHERE = "0.0.0.0" as Ip;

type Words = NonNullable<BodyOf<"CONNECT">["ptp"]>;

// ---- who begins ----

/** Begins where a session goes over a relay only. Called at every pulse, and after a step that brought a session about. */
export function tendApproaches(node: NodeState, now: Instant): void {
  node.approaches.fresh = false;
  if (node.link === null) return;
  for (const session of node.sessions.all()) {
    if (isWanted(node, session, now) && isOurTurn(node, session, now) && node.approaches.size < APPROACHES_MAX)
      beginApproach(node, session, [], now);
  }
}

/** The user waits for a way to a node that we hold a session with over a relay. */
export function approachFor(node: NodeState, session: Session, ref: Ref, now: Instant): void {
  const running = node.approaches.of(session);
  if (running !== undefined) running.refs.push(ref);
  else if (!mayTellAddress(node, session.with.nodeId)) node.connectStep(ref, { step: "failed", reason: "path-policy" });
  else if (node.approaches.size >= APPROACHES_MAX) node.connectStep(ref, { step: "failed", reason: "busy" });
  else beginApproach(node, session, [ref], now);
}

/** Something is known that was not before: places that were tried in vain may be worth it now. */
export function approachAnew(node: NodeState, now: Instant): void {
  node.approaches.look = null;
  for (const past of node.approaches.past.values()) {
    past.failures = 0;
    past.nextAt = Math.min(past.nextAt, now + CONNECT_GAP_MS);
  }
}

function isWanted(node: NodeState, session: Session, now: Instant): boolean {
  const relay = session.dataPath?.relay;
  if (!mayTellAddress(node, session.with.nodeId)) return false;
  if (relay == null || relay.peer?.session == null || !session.announced || node.approaches.of(session) !== undefined) return false;
  if (session.candidates.some((path) => path.relay === null)) return false; // perhaps that answers
  return !session.peer.paths.some((path) => path.relay === null && path.trusted && isLive(path, now));
}

function isOurTurn(node: NodeState, session: Session, now: Instant): boolean {
  const past = node.approaches.past.get(session.peer.id);
  const isSame = past !== undefined && past.via === (relayOf(session)?.at ?? null) && past.near === isNear(node, session);
  if (isSame && now < past.nextAt) return false;
  if (isFirst(node, session)) return true;
  const since = node.approaches.awaited.get(session);
  if (since === undefined) node.approaches.awaited.set(session, now);
  return since !== undefined && now - since >= APPROACH_AWAITED_MS;
}

function isFirst(node: NodeState, session: Session): boolean {
  return node.nodeId < session.with.nodeId;
}

function beginApproach(node: NodeState, session: Session, refs: readonly Ref[], now: Instant): void {
  const approach = newApproach(node, session, "asker", newToken(node), now);
  approach.refs.push(...refs);
  look(node, approach, now);
}

function newApproach(node: NodeState, session: Session, role: Approach["role"], id: InstanceId, now: Instant): Approach {
  const approach: Approach = {
    id,
    session,
    role,
    refs: [],
    startedAt: now,
    way: "plain",
    stage: "looking",
    since: now,
    goAt: null,
    theirs: null,
    sample: null,
    knocking: null,
    sockets: new Map(),
  };
  node.approaches.begin(approach);
  return approach;
}

// ---- what it does ----

/** Goes on with one whose time has come. */
export function advanceApproach(node: NodeState, approach: Approach, now: Instant): void {
  const { session, stage, way, since } = approach;
  if (node.sessions.of(session.with.nodeId) !== session) return giveUp(node, approach, "no-answer", now); // it has ended
  switch (stage) {
    case "looking":
      if (now - since >= (way === "plain" ? APPROACH_LOOK_MS : APPROACH_SAMPLE_MS)) return say(node, approach, now);
      if (approach.sample !== null) sampleMore(node, approach, approach.sample, now);
      return node.approaches.timers.set(approach, now + KNOCK_GAP_MS);
    case "asking":
      return giveUp(node, approach, "no-answer", now);
    case "waiting":
      if (approach.refs.length === 0) return giveUp(node, approach, "far-silent", now);
      end(node, approach); // the other end has had enough, and the user has not
      return beginApproach(node, session, approach.refs, now);
    case "probing":
      if (approach.goAt !== null) return go(node, approach, now);
      if (approach.knocking !== null && knockOn(node, approach, approach.knocking, now)) return;
      return afterProbing(node, approach, now);
  }
}

/** Something that neighbours said has come: perhaps nothing is missing any more. */
export function onLooked(node: NodeState, now: Instant): void {
  for (const approach of node.approaches.all()) {
    if (approach.stage !== "looking") continue;
    if (approach.way === "plain" ? hasLookedAround(node, approach.session, now) : isSampled(approach)) say(node, approach, now);
  }
}

function look(node: NodeState, approach: Approach, now: Instant): void {
  enter(node, approach, "looking", now, now + KNOCK_GAP_MS);
  if (approach.way === "guess") return beginSample(node, approach, now);
  askAround(node, approach.session, now);
  if (hasLookedAround(node, approach.session, now)) say(node, approach, now);
}

/** Tells the other end where we may be reached: asks with that, or answers. */
function say(node: NodeState, approach: Approach, now: Instant): void {
  const { session, id, way, role } = approach;
  const candidates = ownCandidates(node, session, approach.theirs?.candidates ?? [], now);
  const { habit, at } = way === "guess" ? sampledPlace(node, approach, now) : { habit: null, at: candidates[0] ?? null };
  const ptp: Words = {
    approach: id,
    way,
    candidates,
    ...(role === "asked" ? { answer: true } : {}),
    ...(habit === null || habit === "unknown" ? {} : { nat: habit }),
  };
  if (!sayTo(node, session, at, ptp, now)) return giveUp(node, approach, "busy", now);
  for (const ref of approach.refs) node.connectStep(ref, { step: "offered", via: viaOf(session), way, candidates });
  if (role === "asker") return enter(node, approach, "asking", now, now + APPROACH_ASK_MS);
  approach.goAt = now + session.transport.rttMs / 2; // by then it has our answer
  enter(node, approach, "probing", now, approach.goAt);
}

/** As S would: `dst` is where we are, `src` where the receiver is. */
function sayTo(node: NodeState, session: Session, at: Endpoint | null, ptp: Words, now: Instant): boolean {
  return sayInSession(node, session, "CONNECT", { dst: at ?? NOWHERE, src: relayOf(session)?.name ?? NOWHERE, ptp }, now);
}

function go(node: NodeState, approach: Approach, now: Instant): void {
  approach.goAt = null;
  approach.since = now; // probing has its whole time, however slow the relay is
  const { session, way, theirs } = approach;
  for (const ref of approach.refs)
    node.connectStep(ref, { step: "accepted", via: viaOf(session), way, candidates: theirs?.candidates ?? [] });
  if (way === "plain") {
    tryPlaces(node, approach, isTrusted(node, approach), now);
    node.approaches.timers.set(approach, now + APPROACH_PLAIN_MS + 1.5 * session.transport.rttMs);
    return;
  }
  const refusal = isAnyGuessing(node, approach)
    ? "busy"
    : beginKnocking(node, approach, isKnownPlace(node, approach), isFirst(node, session), now);
  if (refusal !== null) giveUp(node, approach, refusal, now);
}

function afterProbing(node: NodeState, approach: Approach, now: Instant): void {
  if (approach.way === "guess") return giveUp(node, approach, "far-silent", now);
  if (approach.role === "asked") {
    const waitMs = approach.refs.length === 0 ? APPROACH_ASK_MS : APPROACH_SAMPLE_MS + 1.5 * approach.session.transport.rttMs;
    return enter(node, approach, "waiting", now, now + waitMs);
  }
  if (!isTrusted(node, approach)) return giveUp(node, approach, "no-guess", now);
  if (isAnyGuessing(node, approach)) return giveUp(node, approach, "busy", now);
  approach.way = "guess";
  look(node, approach, now);
}

function enter(node: NodeState, approach: Approach, stage: Approach["stage"], now: Instant, wakeAt: Instant): void {
  approach.stage = stage;
  approach.since = now;
  node.approaches.timers.set(approach, wakeAt);
}

// ---- what the other end says ----

/** A CONNECT inside a session that speaks of an approach. */
export function onApproach(node: NodeState, path: Path, session: Session, body: BodyOf<"CONNECT">, now: Instant): void {
  const { ptp } = body;
  if (ptp?.approach === undefined || node.link === null) return node.drop("connect-not-asked", path.endpoint);
  if (ptp.answer !== true) return onAsk(node, path, session, body.dst, ptp.approach, ptp, now);
  const approach = node.approaches.of(session);
  const isAnswer = approach?.id === ptp.approach && approach.role === "asker" && approach.stage === "asking";
  if (approach === undefined || !isAnswer) return node.drop("connect-not-asked", path.endpoint);
  if (ptp.refused !== undefined) return giveUp(node, approach, ptp.refused === "no-guess" ? "no-guess" : "busy", now);
  takeOffer(approach, body.dst, ptp);
  enter(node, approach, "probing", now, now);
  go(node, approach, now);
}

function onAsk(node: NodeState, path: Path, session: Session, dst: string, id: InstanceId, ptp: Words, now: Instant): void {
  const running = node.approaches.of(session);
  const isNext = running?.id === id && running.role === "asked" && running.way === "plain" && running.stage !== "looking";
  if (running !== undefined && isNext && ptp.way === "guess") return onGuessAsked(node, running, dst, ptp, now);
  if (running?.role === "asker" && isFirst(node, session)) return node.drop("connect-crossed", path.endpoint);
  if (ptp.way !== "plain") return node.drop("connect-not-asked", path.endpoint);
  if (directWay(session, now) !== null) return node.drop("connect-not-asked", path.endpoint); // there is nothing to look for
  if (!pastOf(node, session, now).asks.take(1, now)) return node.drop("connect-rate", path.endpoint);
  if (!mayTellAddress(node, session.with.nodeId)) return refuse(node, session, id, "no-guess", now); // and no word more: it would say where we are
  if (running === undefined && node.approaches.size >= APPROACHES_MAX) return refuse(node, session, id, "busy", now);
  if (running !== undefined) end(node, running);
  const approach = newApproach(node, session, "asked", id, now);
  approach.refs.push(...(running?.refs ?? []));
  takeOffer(approach, dst, ptp);
  look(node, approach, now);
}

/** The plain way was in vain: shall we guess? */
function onGuessAsked(node: NodeState, approach: Approach, dst: string, ptp: Words, now: Instant): void {
  const refusal = !isTrusted(node, approach) ? "no-guess" : isAnyGuessing(node, approach) ? "busy" : null;
  if (refusal !== null) {
    refuse(node, approach.session, approach.id, refusal, now);
    return giveUp(node, approach, refusal, now);
  }
  approach.way = "guess";
  takeOffer(approach, dst, ptp);
  look(node, approach, now);
}

function refuse(node: NodeState, session: Session, approach: InstanceId, refused: "busy" | "no-guess", now: Instant): void {
  sayTo(node, session, null, { approach, answer: true, refused }, now);
}

const HABITS: readonly string[] = ["steady", "counting", "random"] satisfies Habit[];

function takeOffer(approach: Approach, dst: string, ptp: Words): void {
  const habit = HABITS.includes(ptp.nat ?? "") ? (ptp.nat as Habit) : "unknown";
  const at = dst.includes(":") && ipOf(dst as Endpoint) !== NOWHERE ? (dst as Endpoint) : null;
  approach.theirs = { candidates: (ptp.candidates ?? []) as Endpoint[], place: { habit, at: dst === NOWHERE ? null : at } };
}

// ---- how it ends ----

/** A way to the other end is proven: if data takes it, the search is over. */
export function onWayFound(node: NodeState, session: Session, now: Instant): void {
  const approach = node.approaches.of(session);
  const path = session.dataPath;
  if (approach === undefined || path === null || path.relay !== null) return;
  end(node, approach);
  const past = pastOf(node, session, now);
  past.failures = 0;
  past.nextAt = now;
  node.approaches.awaited.delete(session);
  note(node, approach, path.endpoint, "ok", now);
  for (const ref of approach.refs)
    node.connectStep(ref, { step: "direct", peer: path.endpoint, path: path.kind === "punched" ? "punched" : "direct" });
}

function giveUp(node: NodeState, approach: Approach, reason: ConnectFailure, now: Instant): void {
  const { session, role } = approach;
  end(node, approach);
  const past = pastOf(node, session, now);
  past.via = relayOf(session)?.at ?? null;
  past.near = isNear(node, session);
  if (reason === "busy") past.nextAt = now + APPROACH_BUSY_MS + spread(node, APPROACH_BUSY_MS);
  else past.nextAt = now + Math.min(APPROACH_AGAIN_MS_MAX, APPROACH_AGAIN_MS * 2 ** past.failures++);
  node.approaches.awaited.delete(session);
  if (role === "asker" || approach.refs.length > 0) note(node, approach, session.peer.endpoint, reason, now);
  for (const ref of approach.refs) node.connectStep(ref, { step: "failed", reason });
}

function end(node: NodeState, approach: Approach): void {
  node.approaches.remove(approach);
  closeSockets(node, approach);
}

function note(node: NodeState, approach: Approach, endpoint: Endpoint, outcome: ConnectFailure | "ok", now: Instant): void {
  const tookMs = Math.round(now - approach.startedAt);
  node.trials.add({ kind: "punch", endpoint, via: viaOf(approach.session), endedAt: now, tookMs, outcome });
}

function pastOf(node: NodeState, { peer }: Session, now: Instant): Past {
  const known = node.approaches.past.get(peer.id);
  if (known !== undefined) return known;
  const past: Past = {
    failures: 0,
    nextAt: NEVER_YET,
    asks: new TokenBucket(APPROACH_ASKS_MAX, APPROACH_ASKS_PER_SECOND, now),
    via: null,
    near: false,
  };
  node.approaches.past.set(peer.id, past);
  return past;
}

function viaOf(session: Session): Endpoint {
  return relayOf(session)?.at ?? session.peer.endpoint;
}

function spread(node: NodeState, ms: number): number {
  return ((node.config.random(1)[0] as number) / 256) * ms;
}

/** Also where the search has not been ours: the way that is live now, if it goes over no relay. */
export function directWay(session: Session, now: Instant): Path | null {
  const best = bestPath(session.peer, now);
  return best !== null && best.relay === null ? best : null;
}
