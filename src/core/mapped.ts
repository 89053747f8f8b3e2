/**
 * Ports that a gateway keeps open for all. Ours are told to the nodes that we hold sessions with; one that they tell us is a way
 * to try for whoever is not reached directly. What is told is a claim, so it is tried as every claim is: by a challenge within
 * the byte credit, and nothing else goes there before its answer. PROTOCOL.md §16.
 */
import { type BodyOf, type Endpoint, ipOf, portOf, scopeOf } from "../wire/index.ts";
import { MAIN_SOCKET } from "./io.ts";
import { CONNECT_PORT_MIN, MAPPED_AGAIN_MS, MAPPED_AGAIN_MS_MAX, MAPPED_TCP_AFTER_MS } from "./limits.ts";
import { newPath } from "./path.ts";
import { mayTellAddress } from "./path-policy.ts";
import { directPath, type Peer } from "./peer-table.ts";
import { sayInSession } from "./session/frames.ts";
import type { MappedPort, Session } from "./session/session.ts";
import { offerPath } from "./session/session-paths.ts";
import type { NodeState } from "./state.ts";
import { dialTold } from "./tcp.ts";
import type { Instant } from "./time.ts";

type Transport = "udp" | "tcp";
type Words = NonNullable<BodyOf<"HELLO">["ptp"]>;

// ---- ours ----

/** Our gateway has opened a port, or it is closed again: then nothing is said, and who tries it in vain loses little. */
export function onMapped(node: NodeState, transport: Transport, endpoint: Endpoint | null, now: Instant): void {
  if (node.mapped[transport] === endpoint) return;
  node.mapped[transport] = endpoint;
  if (endpoint === null) return;
  const ptp = transport === "udp" ? { mapped: endpoint } : { mapped_tcp: endpoint };
  for (const session of node.sessions.all()) {
    if (session.announced && mayTellAddress(node, session.with.nodeId)) sayInSession(node, session, "HELLO", { ptp }, now);
  }
}

/** Tells the other end of a session where we are reached; where nothing is mapped, nothing. */
export function tellMapped(node: NodeState, session: Session, now: Instant): void {
  const { udp, tcp } = node.mapped;
  if (!mayTellAddress(node, session.with.nodeId)) return;
  const ptp = { ...(udp === null ? {} : { mapped: udp }), ...(tcp === null ? {} : { mapped_tcp: tcp }) };
  if (udp !== null || tcp !== null) sayInSession(node, session, "HELLO", { ptp }, now);
}

// ---- theirs ----

/** A node tells us inside its session where it is reached; the last word counts. */
export function onTold(node: NodeState, { session }: Peer, { mapped, mapped_tcp: overTcp }: Words, now: Instant): void {
  if (session === null) return;
  if (mapped !== undefined) note(node, session, "udp", mapped as Endpoint, now);
  if (overTcp !== undefined) note(node, session, "tcp", overTcp as Endpoint, now + MAPPED_TCP_AFTER_MS);
  tryMapped(node, session, now);
}

/** Another name earns no further try. */
function note(node: NodeState, session: Session, transport: Transport, endpoint: Endpoint, firstAt: Instant): void {
  if (scopeOf(ipOf(endpoint)) !== "public" || portOf(endpoint) < CONNECT_PORT_MIN) return node.drop("mapped-scope", endpoint);
  session.mapped[transport] = { ...(session.mapped[transport] ?? { tries: 0, dueAt: firstAt }), endpoint };
}

/** Tries it where there is no direct way, ever less often. Called at every pulse. */
export function tryMapped(node: NodeState, session: Session, now: Instant): void {
  const { udp, tcp } = session.mapped;
  if ((udp === null && tcp === null) || !mayTellAddress(node, session.with.nodeId)) return;
  const isDirect = directPath(session.peer, now) !== null;
  if (udp !== null) {
    if (isDirect) rest(udp, now);
    else if (now >= udp.dueAt) tryUdp(node, session, udp, now);
  }
  if (tcp === null) return;
  if (isDirect) rest(tcp, now + MAPPED_TCP_AFTER_MS);
  else if (now >= tcp.dueAt && dialTold(node, session, tcp.endpoint, now)) noteTry(tcp, now);
}

/** There is a way without it. */
function rest(port: MappedPort, dueAt: Instant): void {
  port.tries = 0;
  port.dueAt = dueAt;
}

function tryUdp(node: NodeState, session: Session, port: MappedPort, now: Instant): void {
  noteTry(port, now);
  if (session.candidates.some(({ kind, endpoint }) => kind !== "tcp" && endpoint === port.endpoint)) return;
  offerPath(node, session, newPath("direct", port.endpoint, MAIN_SOCKET), now);
}

function noteTry(port: MappedPort, now: Instant): void {
  port.dueAt = now + Math.min(MAPPED_AGAIN_MS * 2 ** port.tries, MAPPED_AGAIN_MS_MAX);
  port.tries++;
}
