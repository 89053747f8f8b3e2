/**
 * Helping a neighbour to learn what its NAT does: it is told where its datagrams come from, and is sent one where it says
 * so, if that is its own address. Asked and answered inside the session; only the probes are in the clear. PROTOCOL.md §15.
 */
import { type BodyOf, type Endpoint, encode, type InstanceId, ipOf, portOf } from "../wire/index.ts";
import { MAIN_SOCKET, type SocketId } from "./io.ts";
import { CONNECT_PORT_MIN, SURVEY_ANSWERS_MAX, SURVEY_SOCKETS_MAX } from "./limits.ts";
import { isLive, newPath, type Path } from "./path.ts";
import { directPath, type Peer } from "./peer-table.ts";
import { sayInSession } from "./session/frames.ts";
import type { NodeState } from "./state.ts";
import type { Help } from "./survey-table.ts";
import type { Instant } from "./time.ts";
import { transmitBytes } from "./transmit.ts";

export type SurveyBody = NonNullable<BodyOf<"HELLO">["ptp"]>;

/** A neighbour tells us a token to look out for, or asks to be sent one. */
export function onSurveyRequest(node: NodeState, path: Path, peer: Peer, token: InstanceId, body: SurveyBody, now: Instant): void {
  const way = wayTo(peer, now);
  if (way?.kind === "tcp") return node.drop("survey-scope", path.endpoint); // it is not seen over UDP
  const help = way === null ? null : node.surveys.beginHelp(token, peer.id, now);
  if (way === null || help === null || help.done >= SURVEY_ANSWERS_MAX) return node.drop("survey-rate", path.endpoint);
  help.done++;
  const to = (body.to ?? null) as Endpoint | null;
  // Its own address as we see it: nobody can have us send to anybody else.
  if (to !== null && (ipOf(to) !== ipOf(way.endpoint) || portOf(to) < CONNECT_PORT_MIN)) return node.drop("survey-scope", path.endpoint);
  if (body.fresh === true) useOther(node, help, peer, to, now);
  else if (to === null) say(node, peer, { survey: token, seen: way.endpoint }, now);
  else sendProbe(node, MAIN_SOCKET, to, token, now);
}

/** Where the neighbour is now: it may have moved, and an old path of it still count as live. */
function wayTo(peer: Peer, now: Instant): Path | null {
  const data = peer.session?.dataPath ?? null;
  return data !== null && data.relay === null && isLive(data, now) ? data : directPath(peer, now);
}

/** Something with the token came: its sender hears inside the session where from. */
export function onSurveyProbe(node: NodeState, help: Help, socket: SocketId, from: Endpoint, now: Instant): void {
  const peer = node.peers.get(help.peer);
  if (peer === undefined || ++help.done > SURVEY_ANSWERS_MAX) return node.drop("survey-rate", from);
  say(node, peer, { survey: help.token, came: from, ...(socket === MAIN_SOCKET ? {} : { other: help.port }) }, now);
}

function useOther(node: NodeState, help: Help, peer: Peer, to: Endpoint | null, now: Instant): void {
  help.to = to;
  if (help.port > 0) return speakFromOther(node, help, peer, now);
  if (help.socket !== null) return; // it is being opened
  if (node.surveys.sockets >= SURVEY_SOCKETS_MAX) return node.drop("survey-rate", peer.endpoint);
  help.socket = node.punches.newSocket();
  node.out.push({ kind: "open", socket: help.socket });
}

/** The other socket is there. */
export function onHelpSocket(node: NodeState, help: Help, port: number, now: Instant): void {
  const peer = node.peers.get(help.peer);
  help.port = port;
  if (peer !== undefined) speakFromOther(node, help, peer, now);
}

/** Says which port it is, and sends from there where that is wanted. */
function speakFromOther(node: NodeState, { token, socket, port, to }: Help, peer: Peer, now: Instant): void {
  say(node, peer, { survey: token, other: port }, now);
  if (socket !== null && to !== null) sendProbe(node, socket, to, token, now);
}

/** Called at every pulse. */
export function tendHelp(node: NodeState, now: Instant): void {
  for (const { socket } of node.surveys.expire(now)) if (socket !== null) node.out.push({ kind: "close", socket });
}

function say(node: NodeState, { session }: Peer, ptp: SurveyBody, now: Instant): void {
  if (session !== null) sayInSession(node, session, "HELLO", { ptp }, now);
}

/** One HELLO with the token, from a socket of ours, paid out of the punch allowance. */
export function sendProbe(node: NodeState, socket: SocketId, to: Endpoint, token: InstanceId, now: Instant): void {
  transmitBytes(node, newPath("direct", to, socket), "HELLO", encode("HELLO", { ptp: { survey: token } }).slice(), now, "punch");
}
