/** How peers are reached, and what was tried: copies of the state for `doctor`. */
import type { Endpoint } from "../wire/index.ts";
import { isLive, nextHop, type Path } from "./path.ts";
import { bestPath, type Peer } from "./peer-table.ts";
import type { NodeState } from "./state.ts";
import type { Instant } from "./time.ts";
import type { Trial } from "./trial-log.ts";
import type { ReachView, TrialView, WayView } from "./view.ts";

/** Trials shown of one peer, and of endpoints that are nobody's. */
const SHOWN_MAX = 16;

export function viewReach(node: NodeState, now: Instant): ReachView[] {
  const trials = node.trials.list();
  return [...node.peers.all()].map((peer) => ({
    id: peer.id,
    ways: peer.paths.map((path) => viewWay(peer, path, now)),
    candidates: peer.session?.candidates.map(({ endpoint }) => endpoint) ?? [],
    trials: viewTrials(trials, namesOf(peer), now),
  }));
}

/** What was tried at places where nobody is known. */
export function viewVainTrials(node: NodeState, now: Instant): TrialView[] {
  const known = new Set([...node.peers.all()].flatMap((peer) => [...namesOf(peer)]));
  const vain = node.trials.list().filter(({ endpoint, outcome }) => outcome !== "ok" && !known.has(endpoint));
  return vain.slice(0, SHOWN_MAX).map((trial) => viewTrial(trial, now));
}

function viewWay(peer: Peer, path: Path, now: Instant): WayView {
  return {
    endpoint: nextHop(path),
    path: path.kind,
    via: path.relay?.endpoint ?? null,
    inUse: bestPath(peer, now) === path,
    live: isLive(path, now),
    proven: path.trusted && !path.byName,
    suspect: path.suspect,
    heardMsAgo: path.heardAt < 0 ? null : Math.round(now - path.heardAt),
  };
}

function namesOf(peer: Peer): Set<Endpoint> {
  return new Set([peer.endpoint, ...peer.aliases, ...peer.paths.map(({ endpoint }) => endpoint)]);
}

function viewTrials(trials: readonly Trial[], at: ReadonlySet<Endpoint>, now: Instant): TrialView[] {
  const own = trials.filter(({ endpoint }) => at.has(endpoint));
  return own.slice(0, SHOWN_MAX).map((trial) => viewTrial(trial, now));
}

function viewTrial({ endedAt, ...trial }: Trial, now: Instant): TrialView {
  return { ...trial, endedMsAgo: Math.round(now - endedAt) };
}
