/**
 * Where others see us: our listening socket, and a further one that is to show what our NAT does with ports. Neighbours say so
 * inside their sessions, by the means of a survey. PROTOCOL.md §11.9, §15.1.
 */
import { type Endpoint, endpoint, type InstanceId, ipOf } from "../../wire/index.ts";
import type { SocketId } from "../io.ts";
import { SIGHTING_MS } from "../limits.ts";
import { directPath, type Peer } from "../peer-table.ts";
import { sayInSession } from "../session/frames.ts";
import type { Session } from "../session/session.ts";
import type { NodeState } from "../state.ts";
import { type SurveyBody, sendProbe } from "../survey-help.ts";
import { chooseHelpers, natHelpers, newToken } from "../survey-helpers.ts";
import type { Instant } from "../time.ts";
import type { Approach, Sample } from "./approach-table.ts";
import { isV6, sightings } from "./candidates.ts";
import { type Place, placeOf } from "./port-habit.ts";

// ---- the listening socket ----

/** Asks the relay of a session, and neighbours beyond our NAT, unless they were asked just now. */
export function askAround(node: NodeState, session: Session, now: Instant): void {
  const { approaches } = node;
  if (approaches.look === null || now - approaches.look.at >= SIGHTING_MS)
    approaches.look = { token: newToken(node), at: now, asked: new Set() };
  const { token, asked } = approaches.look;
  for (const peer of watchers(node, session, now)) {
    if (asked.has(peer.id)) continue;
    asked.add(peer.id);
    ask(node, peer, { survey: token }, now);
  }
}

function watchers(node: NodeState, session: Session, now: Instant): Peer[] {
  const relay = session.dataPath?.relay?.peer ?? null;
  const places = [...chooseHelpers(node, now, false), ...chooseHelpers(node, now, true)]; // each family has an address of its own
  const helpers = places.flatMap(({ peer }) => node.peers.get(peer) ?? []);
  return [...new Set([...(relay !== null && relay.session !== null && directPath(relay, now) !== null ? [relay] : []), ...helpers])].filter(
    (peer) => peer !== session.peer,
  );
}

export function hasLookedAround(node: NodeState, session: Session, now: Instant): boolean {
  const { look, sightings: seen } = node.approaches;
  return watchers(node, session, now).every((peer) => look !== null && (seen.get(peer.id)?.at ?? Number.NEGATIVE_INFINITY) >= look.at);
}

// ---- a further socket ----

/** Opens one, and tells helpers to look out for it. Without helpers nothing is found out. */
export function beginSample(node: NodeState, approach: Approach, now: Instant): void {
  const asked = askedPlace(approach);
  const all = asked === null ? natHelpers(node, now) : chooseHelpers(node, now, isV6(asked));
  const helpers = all.filter(({ peer }) => peer !== approach.session.peer.id);
  const token = newToken(node);
  approach.sample = { token, socket: node.punches.newSocket(), helpers, otherPort: null, came: new Map() };
  approach.sockets.set(approach.sample.socket, 0);
  node.out.push({ kind: "open", socket: approach.sample.socket });
  for (const { peer } of helpers) askHelper(node, peer, { survey: token }, now);
  sampleMore(node, approach, approach.sample, now);
}

/**
 * The place that the asker has named: a socket has one of its own in each family, and the asker will be met over that one.
 * Null at the asker, which takes IPv4 where it can, since that is where NATs are.
 */
function askedPlace({ role, theirs }: Approach): Endpoint | null {
  return role === "asked" ? (theirs?.place.at ?? null) : null;
}

/**
 * Sends to whoever has not said where it comes from; to the first helper before its other port, so that a NAT that counts is
 * seen to do so.
 */
export function sampleMore(node: NodeState, approach: Approach, sample: Sample, now: Instant): void {
  const { token, socket, helpers, otherPort, came } = sample;
  const [first] = helpers;
  if (first === undefined) return;
  if (otherPort === null) askHelper(node, first.peer, { survey: token, fresh: true }, now);
  if ((approach.sockets.get(socket) ?? 0) === 0) return;
  const places = [...helpers.map((helper) => helper.endpoint), ...(otherPort === null ? [] : [endpoint(ipOf(first.endpoint), otherPort)])];
  for (const to of places) if (!came.has(to)) sendProbe(node, socket, to, token, now);
}

/** All that there is to know: every helper saw it, and the first one at another port too. */
export function isSampled({ sample }: Approach): boolean {
  if (sample === null) return false;
  return sample.helpers.length > 0 && sample.otherPort !== null && sample.came.size === sample.helpers.length + 1;
}

/** What the sample says; where nobody could help, at least where the listening socket is seen. */
export function sampledPlace(node: NodeState, approach: Approach, now: Instant): Place {
  const place = placeOf([...(approach.sample?.came.values() ?? [])]);
  if (place.at !== null) return place;
  const [asked, seen] = [askedPlace(approach), sightings(node, now)];
  const wanted = asked !== null && isV6(asked);
  return { habit: "unknown", at: seen.find((each) => isV6(each) === wanted) ?? (asked === null ? (seen[0] ?? null) : null) };
}

// ---- what comes in ----

/**
 * A neighbour's answer to what approaches asked.
 * @returns false when the token is none of theirs
 */
export function onSighted(node: NodeState, peer: Peer, token: InstanceId, body: SurveyBody, now: Instant): boolean {
  const { look } = node.approaches;
  if (look?.token === token) {
    if (look.asked.has(peer.id) && body.seen !== undefined)
      node.approaches.sightings.set(peer.id, { seen: body.seen as Endpoint, at: now });
    return true;
  }
  const approach = node.approaches.sampling(token);
  const helper = approach?.sample?.helpers.find((each) => each.peer === peer.id);
  if (approach?.sample == null || helper === undefined) return false;
  const { sample } = approach;
  const isNewPort = body.other !== undefined && body.came === undefined && sample.otherPort === null;
  if (isNewPort) sample.otherPort = body.other ?? null;
  const to = body.other === undefined ? helper.endpoint : endpoint(ipOf(helper.endpoint), body.other);
  if (body.came !== undefined) sample.came.set(to, body.came as Endpoint);
  if (isNewPort) sampleMore(node, approach, sample, now);
  return true;
}

export function isSampleSocket(approach: Approach, socket: SocketId): boolean {
  return approach.sample?.socket === socket;
}

function askHelper(node: NodeState, peer: string, ptp: SurveyBody, now: Instant): void {
  const helper = node.peers.get(peer);
  if (helper !== undefined) ask(node, helper, ptp, now);
}

function ask(node: NodeState, { session }: Peer, ptp: SurveyBody, now: Instant): void {
  if (session !== null) sayInSession(node, session, "HELLO", { ptp }, now);
}
