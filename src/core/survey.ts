/**
 * Learns what our NAT does, with the help of one or two neighbours that we hold sessions with. What comes in is noted; one
 * function looks at it at every pulse and says what is still wanted. PROTOCOL.md §15.
 *
 * 1. A socket of its own for each question: an old mapping would answer for the NAT's past.
 * 2. The mapping's socket sends to all helpers, and to another port of the first.
 * 3. The filtering's socket sends to the first helper only, so whatever else gets through was let in for nothing it did.
 */
import { type Endpoint, endpoint, type InstanceId, type Ip, ipOf, portOf } from "../wire/index.ts";
import { onLooked } from "./approach/approach.ts";
import { onSighted } from "./approach/look-around.ts";
import type { NatReport, Ref, SocketId } from "./io.ts";
import { lifetimeOf, onLifetimeAnswer, onLifetimeProbe } from "./lifetime.ts";
import { SURVEY_STAGE_MS } from "./limits.ts";
import { filteringOf, keepsPort, mappingOf, type SeenAt } from "./nat-class.ts";
import type { Path } from "./path.ts";
import type { Peer } from "./peer-table.ts";
import type { NodeState } from "./state.ts";
import { onSurveyProbe, onSurveyRequest, type SurveyBody, sendProbe } from "./survey-help.ts";
import { askHelper, natHelpers, newToken, otherFamily } from "./survey-helpers.ts";
import type { Helper, Probe, Survey } from "./survey-table.ts";
import type { Instant } from "./time.ts";

/** @param own - this machine's addresses: who is seen at one of them is behind no NAT */
export function beginSurvey(node: NodeState, ref: Ref, own: readonly Ip[], now: Instant): void {
  const helpers = natHelpers(node, now);
  const under = node.surveys.own;
  if (helpers.length === 0 || under !== null) return report(node, ref, nothingKnown(under === null ? "no-helper" : "busy"));
  const survey: Survey = {
    ref,
    own,
    helpers,
    sighter: otherFamily(node, helpers, now),
    mapping: newProbe(node),
    filtering: newProbe(node),
    stage: "asking",
    since: now,
    otherPort: null,
    failed: false,
  };
  node.surveys.own = survey;
  for (const { token } of [survey.mapping, survey.filtering]) for (const helper of helpers) askHelper(node, helper, { survey: token }, now);
  if (survey.sighter !== null) askHelper(node, survey.sighter, { survey: survey.mapping.token }, now);
}

function newProbe(node: NodeState): Probe {
  return { token: newToken(node), socket: node.punches.newSocket(), port: 0, came: new Map(), heard: new Set() };
}

// ---- what comes in ----

/** A HELLO inside a session that speaks of a survey: an answer to ours, or somebody's question. */
export function onSurvey(node: NodeState, path: Path, peer: Peer, token: InstanceId, body: SurveyBody, now: Instant): void {
  const lifetime = lifetimeOf(node, token);
  if (lifetime !== null) return onLifetimeAnswer(node, lifetime, path, peer, body, now);
  const survey = node.surveys.own;
  const probe = survey === null ? null : probeOf(survey, token);
  if (survey === null || probe === null) {
    if (onSighted(node, peer, token, body, now)) return onLooked(node, now);
    return onSurveyRequest(node, path, peer, token, body, now);
  }
  const { sighter, helpers } = survey;
  if (sighter?.peer === peer.id) {
    if (body.seen !== undefined) sighter.seen = body.seen as Endpoint;
    return;
  }
  const helper = helpers.find((each) => each.peer === peer.id);
  if (helper === undefined) return node.drop("survey-not-asked", path.endpoint);
  if (body.seen !== undefined) helper.seen = body.seen as Endpoint;
  if (body.other !== undefined && probe === survey.mapping) survey.otherPort = body.other;
  if (body.came !== undefined) probe.came.set(sentTo(helper, body.other), body.came as Endpoint);
}

/** A HELLO in the clear with a token: of ours it got through to us, of a neighbour's we say where it came from. */
export function onSurveyDatagram(node: NodeState, socket: SocketId, from: Path, token: InstanceId, now: Instant): void {
  const survey = node.surveys.own;
  const probe = survey === null ? null : probeOf(survey, token);
  const help = node.surveys.help(token);
  const lifetime = lifetimeOf(node, token);
  if (from.relay !== null) node.drop("survey-not-asked", from.endpoint);
  else if (lifetime !== null) onLifetimeProbe(node, lifetime, socket, from.endpoint);
  else if (probe !== null && probe.socket === socket) probe.heard.add(from.endpoint);
  else if (help !== undefined) onSurveyProbe(node, help, socket, from.endpoint, now);
  else node.drop("survey-not-asked", from.endpoint);
}

/** @returns false when the socket is none of ours */
export function onSurveySocket(node: NodeState, socket: SocketId, port: number | null): boolean {
  const survey = node.surveys.own;
  const probe = [survey?.mapping, survey?.filtering].find((each) => each?.socket === socket);
  if (survey === null || probe === undefined) return false;
  if (port === null) survey.failed = true;
  else probe.port = port;
  return true;
}

function probeOf({ mapping, filtering }: Survey, token: InstanceId): Probe | null {
  return [mapping, filtering].find((probe) => probe.token === token) ?? null;
}

function sentTo(helper: Helper, port: number | undefined): Endpoint {
  return port === undefined ? helper.endpoint : endpoint(ipOf(helper.endpoint), port);
}

// ---- what is done about it ----

/** Goes on with what is wanted: as soon as all is known that a stage asks for, and at its end in any case. */
export function tendSurvey(node: NodeState, now: Instant): void {
  const survey = node.surveys.own;
  if (survey === null) return;
  const isOver = now - survey.since >= SURVEY_STAGE_MS;
  switch (survey.stage) {
    case "asking":
      if (survey.helpers.every(({ seen }) => seen !== null)) return enter(survey, "mapping", now, () => openSockets(node, survey));
      return isOver ? finish(node, survey, "no-answer") : undefined;
    case "mapping":
      if (survey.failed) return finish(node, survey, "no-socket");
      if (isMapped(survey) || isOver) return enter(survey, "filtering", now, () => tryToReach(node, survey, now));
      return askWhere(node, survey, now);
    case "filtering":
      if (isOver || wayIn(survey).otherAddress === true) return finish(node, survey, null);
      return tryToReach(node, survey, now);
  }
}

function enter(survey: Survey, stage: Survey["stage"], now: Instant, begin: () => void): void {
  survey.stage = stage;
  survey.since = now;
  begin();
}

function openSockets(node: NodeState, { mapping, filtering }: Survey): void {
  for (const { socket } of [mapping, filtering]) node.out.push({ kind: "open", socket });
}

function isMapped(survey: Survey): boolean {
  const { first, otherPort, otherAddress } = seenAt(survey);
  const isAll = first !== null && otherPort !== null && (otherAddress !== null || survey.helpers.length === 1);
  return isAll && survey.filtering.came.size > 0;
}

/** Sends from each socket to whoever has not said where it comes from. */
function askWhere(node: NodeState, survey: Survey, now: Instant): void {
  const { helpers, mapping, filtering, otherPort } = survey;
  const [first] = helpers;
  if (first === undefined || mapping.port === 0 || filtering.port === 0) return;
  for (const { endpoint: to } of helpers) if (!mapping.came.has(to)) sendProbe(node, mapping.socket, to, mapping.token, now);
  if (!filtering.came.has(first.endpoint)) sendProbe(node, filtering.socket, first.endpoint, filtering.token, now);
  if (otherPort === null) askHelper(node, first, { survey: mapping.token, fresh: true }, now); // that says nothing yet: a NAT would keep to the way it came in by
  if (otherPort !== null) sendProbe(node, mapping.socket, sentTo(first, otherPort), mapping.token, now);
}

/** Has the filtering's socket be sent to: by the second helper, and by the first from another port. */
function tryToReach(node: NodeState, { helpers, filtering }: Survey, now: Instant): void {
  const [first, second] = helpers;
  const to = first === undefined ? undefined : filtering.came.get(first.endpoint);
  if (first === undefined || to === undefined) return;
  if (second !== undefined) askHelper(node, second, { survey: filtering.token, to }, now);
  askHelper(node, first, { survey: filtering.token, to, fresh: true }, now);
}

// ---- what is concluded ----

function seenAt({ helpers, mapping, otherPort }: Survey): SeenAt {
  const [first, second] = helpers;
  const at = (place: Endpoint | undefined) => (place === undefined ? null : (mapping.came.get(place) ?? null));
  return {
    first: at(first?.endpoint),
    otherPort: first === undefined || otherPort === null ? null : at(sentTo(first, otherPort)),
    otherAddress: at(second?.endpoint),
  };
}

function wayIn({ helpers, filtering }: Survey): { otherPort: boolean | null; otherAddress: boolean | null } {
  const [first, second] = helpers;
  if (first === undefined || filtering.came.size === 0) return { otherPort: null, otherAddress: null };
  const from = (helper: Helper) => [...filtering.heard].filter((place) => ipOf(place) === ipOf(helper.endpoint));
  return {
    otherPort: from(first).some((place) => portOf(place) !== portOf(first.endpoint)),
    otherAddress: second === undefined ? null : from(second).length > 0,
  };
}

function finish(node: NodeState, survey: Survey, reason: NatReport["reason"]): void {
  node.surveys.own = null;
  for (const { socket, port } of [survey.mapping, survey.filtering]) if (port > 0) node.out.push({ kind: "close", socket });
  const { helpers, sighter, mapping: probe, own } = survey;
  const places = seenAt(survey);
  const mapping = mappingOf(
    places,
    own.map((ip) => endpoint(ip, probe.port)),
  );
  report(node, survey.ref, {
    mapping,
    filtering: filteringOf(wayIn(survey)),
    keepsPort: keepsPort(places, mapping, probe.port),
    helpers: [...helpers, ...(sighter === null ? [] : [sighter])].map(({ peer, endpoint: at, seen }) => ({ peer, endpoint: at, seen })),
    reason,
  });
}

function nothingKnown(reason: NatReport["reason"]): NatReport {
  return { mapping: "unknown", filtering: "unknown", keepsPort: null, helpers: [], reason };
}

function report(node: NodeState, ref: Ref, nat: NatReport): void {
  node.emit({ type: "nat", ref, nat });
}
