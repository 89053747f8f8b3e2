/** Ways over several hops, for the eye. */
import { isLive, isSameWay, type Path, type Way } from "../path.ts";
import { bestPath, directPath } from "../peer-table.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import type { WayState, WayToView } from "../view.ts";
import { nearnessOf } from "./acquaintance.ts";
import { routedPath } from "./carrying.ts";
import { carriers, waysTo } from "./seeking-ways.ts";
import type { Worth } from "./way-worths.ts";

/** Ways shown to one node: in a large channel there are hundreds. */
const SHOWN_MAX = 4;

/** To all whom we have to do with, the best ways first; also where a shorter way is there. */
export function viewWays(node: NodeState, now: Instant): WayToView[] {
  const beside = carriers(node, now);
  const to = node.routing.topology.lists(now).map((list) => list.node);
  return to
    .filter((id) => id !== node.nodeId && nearnessOf(node, id) !== null)
    .flatMap((id) => {
      const ways = waysTo(node, id, beside, now).slice(0, SHOWN_MAX);
      return ways.map(({ way, worth }): WayToView => {
        const over = way.via === null ? [way.first] : [way.first, way.via];
        return { to: id, hops: way.via === null ? 2 : 3, over, state: stateOf(pathBy(node, id, way, now), worth, now) };
      });
    });
}

function pathBy(node: NodeState, to: Parameters<typeof routedPath>[0], way: Way, now: Instant): Path | undefined {
  const first = node.peers.get(way.first);
  const relay = first === undefined ? null : directPath(first, now);
  const path = relay === null ? null : routedPath(to, relay, way.first, way.via);
  return path === null ? undefined : node.peers.get(to)?.paths.find((each) => isSameWay(each, path));
}

function stateOf(path: Path | undefined, worth: Worth, now: Instant): WayState {
  const session = path?.peer?.session;
  if (path === undefined || session == null || !path.trusted || path.suspect || !isLive(path, now)) return worth;
  if (bestPath(session.peer, now) === path) return "in-use";
  return worth === "failed" ? "failed" : "ready";
}
