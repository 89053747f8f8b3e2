/** What sessions need from time to time: their paths looked after, keys renewed, and an end when nobody is there. PROTOCOL.md §11.3, §11.5. */
import { EPOCH_KEPT_MS, REKEY_ANSWERER_MS, REKEY_MS, SESSION_KEPT_MS } from "../limits.ts";
import { tryMapped } from "../mapped.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { endSession } from "./establish.ts";
import { sendSingle } from "./frames.ts";
import { beginHandshake } from "./handshake.ts";
import { tendLetters } from "./letters.ts";
import type { Session } from "./session.ts";
import { revalidate, tendSessionPaths } from "./session-paths.ts";

const CLOSE_SHUTDOWN = 0;

/** Called at every pulse. */
export function tendSessions(node: NodeState, now: Instant): void {
  for (const session of node.sessions.all()) {
    if (now - session.heardAt >= SESSION_KEPT_MS) {
      endSession(node, session, "gone", now);
      continue;
    }
    tendSessionPaths(node, session, now);
    tryMapped(node, session, now);
    renewKeys(node, session, now);
    if (session.epochs.length > 1) node.sessions.forgetEpochs(session, now - EPOCH_KEPT_MS);
  }
}

/** Called once a second. */
export function tendLettersOfAll(node: NodeState, now: Instant): void {
  for (const session of node.sessions.all()) if (session.peer.letters.size > 0) tendLetters(node, session.peer, now);
}

/** The machine slept, or its network changed: every path of every session must answer anew. */
export function revalidateAll(node: NodeState, now: Instant): void {
  for (const session of node.sessions.all()) revalidate(node, session, now);
}

/** Says goodbye: the other ends need not wait for silence. */
export function closeSessions(node: NodeState, now: Instant): void {
  for (const session of node.sessions.all()) {
    if (session.dataPath !== null) sendSingle(node, session, session.dataPath, [{ type: "close", reason: CLOSE_SHUTDOWN }], now);
  }
}

/** The end that began the handshake of these keys begins the next; the other one steps in when that does not happen. */
function renewKeys(node: NodeState, session: Session, now: Instant): void {
  const keys = session.sending;
  if (keys === undefined || keys.usedSince === null || session.dataPath === null) return;
  const dueMs = keys.role === "initiator" ? REKEY_MS : REKEY_ANSWERER_MS;
  if (now - keys.usedSince >= dueMs && now >= session.dataPath.handshakeAt)
    beginHandshake(node, session.dataPath, session.with.nodeId, now);
}
