/** Sockets of approaches: each is closed once, whoever lets go of it first, and none is forgotten. */
import { expect, test } from "vitest";
import { advanceApproach } from "../../src/core/approach/approach.ts";
import type { Approach } from "../../src/core/approach/approach-table.ts";
import { closeSockets } from "../../src/core/approach/knocks.ts";
import { PREDICTION_MS } from "../../src/core/limits.ts";
import { newPath } from "../../src/core/path.ts";
import type { Session } from "../../src/core/session/session.ts";
import { NodeState } from "../../src/core/state.ts";
import type { Endpoint, InstanceId } from "../../src/wire/index.ts";
import { configOf, World } from "./world.ts";

const SOCKET = 7;

function probing(node: NodeState, more: Partial<Approach> = {}): Approach {
  const approach: Approach = {
    id: "0".repeat(16) as InstanceId,
    session: {} as Approach["session"],
    role: "asker",
    refs: [],
    startedAt: 0,
    way: "guess",
    stage: "probing",
    since: 0,
    goAt: null,
    theirs: null,
    sample: null,
    knocking: null,
    sockets: new Map([[SOCKET, 40_000]]),
    ...more,
  };
  node.approaches.begin(approach);
  return approach;
}

const closed = (node: NodeState) => node.out.filter((output) => output.kind === "close");

test("a place that nobody answered from leaves the socket to the approach, which closes it once", () => {
  const node = new NodeState(configOf(new World(), {}), 0);
  const approach = probing(node);
  const place = newPath("punched", "198.18.0.2:40000" as Endpoint, SOCKET);
  node.sockets.add(place);
  node.releaseSocket(place);
  expect(closed(node)).toEqual([]);
  closeSockets(node, approach);
  expect(closed(node)).toEqual([{ kind: "close", socket: SOCKET }]);
});

test("a socket that carries a path outlives its approach, and goes with the path", () => {
  const node = new NodeState(configOf(new World(), {}), 0);
  const approach = probing(node);
  const hole = newPath("punched", "198.18.0.2:40000" as Endpoint, SOCKET);
  node.sockets.add(hole);
  closeSockets(node, approach);
  node.approaches.remove(approach);
  expect(closed(node)).toEqual([]);
  node.releaseSocket(hole);
  expect(closed(node)).toEqual([{ kind: "close", socket: SOCKET }]);
});

test("a relay that is slower than the time for guessing delays the guesses, and the sockets are closed after them", () => {
  const node = new NodeState(configOf(new World(), {}), 0);
  const place = "198.18.0.2:40000" as Endpoint;
  const session = {
    with: { nodeId: "N" },
    peer: { id: "N", endpoint: place, paths: [] },
    epochs: [],
    candidates: [],
  } as unknown as Session;
  node.sessions.put(session);
  node.approaches.sightings.set("S", { seen: "198.18.0.3:7667" as Endpoint, at: 0 });
  const goAt = 2 * PREDICTION_MS; // half a round trip after the answer was said
  const approach = probing(node, { session, role: "asked", goAt, theirs: { candidates: [], place: { habit: "steady", at: place } } });
  advanceApproach(node, approach, goAt);
  expect(approach.knocking?.part).toEqual({ kind: "pair", to: place });
  expect(node.approaches.timers.next).toBeLessThan(goAt + PREDICTION_MS);
  advanceApproach(node, approach, goAt + PREDICTION_MS);
  expect(closed(node)).toEqual([{ kind: "close", socket: SOCKET }]);
});
