/** What must hold of sessions once the faults are over: every two nodes that can talk hold one, and it is the same at both ends. */
import type { Instant, PeerView, SessionView } from "../../core/index.ts";
import type { WhoIsWho } from "./calm.ts";

/** One host as the check sees it. */
export interface SessionHolder {
  readonly name: string;
  readonly nodeId: string;
  readonly now: Instant;
  readonly sessions: readonly SessionView[];
  readonly peers: readonly PeerView[];
}

/** @returns one line for each session of these hosts that is missing, dead, doubled, or not the same at its other end */
export function checkSessions(holders: readonly SessionHolder[], who: WhoIsWho): string[] {
  const faults: string[] = [];
  for (const [at, one] of holders.entries()) {
    for (const other of holders.slice(at + 1))
      faults.push(...checkPair(one, other), ...checkPeer(one, other, who), ...checkPeer(other, one, who));
    for (const { nodeId, letters } of one.sessions) {
      const name = holders.find((holder) => holder.nodeId === nodeId)?.name ?? nodeId;
      if (letters > 0) faults.push(`${letters} messages of ${one.name} to ${name} are still not acknowledged after the calm`);
    }
  }
  return faults;
}

function checkPair(one: SessionHolder, other: SessionHolder): string[] {
  const there = sessionWith(one, other);
  const back = sessionWith(other, one);
  const dead = [
    ...(there?.path == null ? [`${one.name} holds no live session with ${other.name} after the calm`] : []),
    ...(back?.path == null ? [`${other.name} holds no live session with ${one.name} after the calm`] : []),
  ];
  if (there === undefined || back === undefined || dead.length > 0) return dead;
  const isShared = there.opens.includes(back.keys) && back.opens.includes(there.keys);
  return isShared ? [] : [`${one.name} and ${other.name} do not open what the other seals after the calm`];
}

function sessionWith(one: SessionHolder, other: SessionHolder): SessionView | undefined {
  return one.sessions.find((session) => session.nodeId === other.nodeId);
}

/** A node is one peer and no more, whatever it was called before it proved its key. */
function checkPeer(one: SessionHolder, other: SessionHolder, who: WhoIsWho): string[] {
  const views = one.peers.filter(
    (peer) => peer.id === other.nodeId || (peer.kind === "bare" && peer.live && who.at(peer.endpoint, one.name) === other.name),
  );
  if (views.length === 1 && views[0]?.kind === "full" && views[0].live) return [];
  return [
    `${one.name} knows ${other.name} as ${views.map((peer) => `${peer.kind} ${peer.endpoint}`).join(" and ") || "nobody"} after the calm`,
  ];
}
