/**
 * Ports that a gateway keeps open for all. Ours is told to the nodes that we hold sessions with; one that they tell us is a way
 * to try for whoever is not reached directly. What is told is a claim, so it is tried as every claim is: by a challenge within
 * the byte credit, and nothing else goes there before its answer. PROTOCOL.md §16.
 */
import { type Endpoint, ipOf, portOf, scopeOf } from "../wire/index.ts";
import { MAIN_SOCKET } from "./io.ts";
import { CONNECT_PORT_MIN, MAPPED_AGAIN_MS, MAPPED_AGAIN_MS_MAX } from "./limits.ts";
import { newPath } from "./path.ts";
import { directPath, type Peer } from "./peer-table.ts";
import { sayInSession } from "./session/frames.ts";
import type { Session } from "./session/session.ts";
import { offerPath } from "./session/session-paths.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";

/** Our gateway has opened a port, or it is closed again: then nothing is said, and who tries it in vain loses little. */
export function onMapped(node: NodeState, transport: "udp" | "tcp", endpoint: Endpoint | null, now: Instant): void {
  if (node.mapped[transport] === endpoint) return;
  node.mapped[transport] = endpoint;
  if (transport !== "udp" || endpoint === null) return;
  for (const session of node.sessions.all()) if (session.announced) tellMapped(node, session, now);
}

/** Tells the other end of a session where we are reached; where nothing is mapped, nothing. */
export function tellMapped(node: NodeState, session: Session, now: Instant): void {
  const mapped = node.mapped.udp;
  if (mapped !== null) sayInSession(node, session, "HELLO", { ptp: { mapped } }, now);
}

/** A node tells us inside its session where it is reached; the last word counts. */
export function onTold(node: NodeState, peer: Peer, endpoint: Endpoint, now: Instant): void {
  const { session } = peer;
  if (session === null) return;
  if (scopeOf(ipOf(endpoint)) !== "public" || portOf(endpoint) < CONNECT_PORT_MIN) return node.drop("mapped-scope", endpoint);
  if (session.mapped?.endpoint === endpoint) return;
  const { triedAt, tries } = session.mapped ?? { triedAt: Number.NEGATIVE_INFINITY, tries: 0 };
  session.mapped = { endpoint, triedAt, tries }; // another name earns no further try
  tryMapped(node, session, now);
}

/** Tries it where there is no direct way, ever less often. Called at every pulse. */
export function tryMapped(node: NodeState, session: Session, now: Instant): void {
  const { mapped } = session;
  if (mapped === null || now - mapped.triedAt < againAfter(mapped.tries)) return;
  if (directPath(session.peer, now) !== null) {
    mapped.tries = 0;
    return;
  }
  mapped.triedAt = now;
  mapped.tries++;
  if (session.candidates.some(({ endpoint }) => endpoint === mapped.endpoint)) return;
  offerPath(node, session, newPath("direct", mapped.endpoint, MAIN_SOCKET), now);
}

function againAfter(tries: number): number {
  return tries === 0 ? 0 : Math.min(MAPPED_AGAIN_MS * 2 ** (tries - 1), MAPPED_AGAIN_MS_MAX);
}
