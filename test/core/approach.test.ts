/** What an approach decides: where it may probe, what a NAT does with ports, and who has to do what. PROTOCOL.md §11.9. */
import { describe, expect, test } from "vitest";
import { ApproachTable } from "../../src/core/approach/approach-table.ts";
import { placesToTry } from "../../src/core/approach/candidates.ts";
import { ofOnePlace, type Part, partOf } from "../../src/core/approach/part.ts";
import { type Habit, placeOf } from "../../src/core/approach/port-habit.ts";
import { CONNECT_PORT_MIN, FAN_COUNTING, FAN_RANDOM, GUESSES_MAX, PREDICTED_PORTS } from "../../src/core/limits.ts";
import { newPath } from "../../src/core/path.ts";
import type { Session } from "../../src/core/session/session.ts";
import type { NodeState } from "../../src/core/state.ts";
import { type Endpoint, endpoint, ipOf, portOf } from "../../src/wire/index.ts";

const FAR = "198.51.100.7:5000" as Endpoint;
const OWN = "203.0.113.5:4000" as Endpoint;

/** A node that a neighbour sees at `seen`, and a session over a relay at `relay` that calls the other end FAR. */
function over(relay: string, { seen = OWN, own = [] }: { seen?: string; own?: readonly string[] } = {}) {
  const approaches = new ApproachTable();
  approaches.sightings.set("S", { seen: seen as Endpoint, at: 0 });
  const path = newPath("relay", FAR, 0, newPath("direct", relay as Endpoint, 0));
  const node = { approaches, ownEndpoints: own } as unknown as NodeState;
  const session = { dataPath: path, peer: { paths: [path] } } as unknown as Session;
  return (places: readonly string[], trusted = true) => placesToTry(node, session, places as Endpoint[], trusted, 1);
}

describe("of the places that the other end names", () => {
  const S = "203.0.113.1:7667";

  test.each([
    "127.0.0.1:4000",
    "169.254.1.1:4000",
    "224.0.0.251:5353",
    "255.255.255.255:4000",
    "0.0.0.0:4000",
    "10.0.0.1:4000",
    "172.16.0.1:4000",
    "192.168.1.1:4000",
    "100.64.0.1:4000",
    "198.51.100.7:53",
    "198.51.100.7:1023",
    "[::1]:4000",
    "[ff02::1]:4000",
    "[fe80::1]:4000",
    "[fd00::1]:4000",
  ])("%s is not tried over a relay at a public address", (place) => {
    expect(over(S, { own: ["[2001:db8::5]:7667"] })([place])).toEqual([]);
  });

  test("a public one is", () => {
    expect(over(S)([FAR])).toEqual([FAR]);
  });

  test("a private one is where both are seen at one address, and its port is none of a service", () => {
    const shared = endpoint(ipOf(OWN), 9_000);
    expect(over(S)([shared, "192.168.1.10:7667", "192.168.1.10:53", "127.0.0.1:4000"])).toEqual([shared, "192.168.1.10:7667"]);
  });

  test("a private one is where the relay is in the same range", () => {
    expect(over("10.0.0.9:7667", { seen: "10.0.0.5:7667" })(["10.1.2.3:7667", "192.168.1.10:7667"])).toEqual(["10.1.2.3:7667"]);
  });

  test("IPv6 is tried only by who has it", () => {
    const place = "[2001:db8::7]:7667";
    expect(over(S)([place])).toEqual([]);
    expect(over(S, { own: ["[2001:db8::5]:7667"] })([place])).toEqual([place]);
  });

  test("one at each address is tried for a stranger", () => {
    expect(over(S)([FAR, "198.51.100.7:5001", "198.51.100.8:5000"], false)).toEqual([FAR, "198.51.100.8:5000"]);
  });
});

describe("a socket that others see", () => {
  const at = (...ports: number[]) => ports.map((port) => endpoint(ipOf(FAR), port));

  test.each<[string, Endpoint[], Habit, number | null]>([
    ["nowhere", [], "unknown", null],
    ["once", at(5_000), "unknown", 5_000],
    ["at one place", at(5_000, 5_000, 5_000), "steady", 5_000],
    ["at the next port", at(5_000, 5_001), "counting", 5_001],
    ["at ports that others took some between", at(5_009, 5_001, 5_002), "counting", 5_009],
    ["far apart", at(5_000, 5_009), "random", 5_009],
    ["at two addresses", ["198.51.100.7:5000", "198.51.100.8:5001"] as Endpoint[], "random", 5_001],
  ])("%s", (_, seen, habit, port) => {
    const place = placeOf(seen);
    expect([place.habit, place.at === null ? null : portOf(place.at)]).toEqual([habit, port]);
  });
});

describe("the parts of two ends", () => {
  const place = (habit: Habit, at: Endpoint | null = FAR) => ({ habit, at });
  const random = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 151 + (n >> 3)) & 255);
  const part = (own: Habit, theirs: Habit, first = true) => partOf(place(own, OWN), place(theirs), first, random);

  test("fit each other whatever the two NATs do", () => {
    expect(part("steady", "steady")).toEqual({ kind: "pair", to: FAR });
    expect(part("counting", "steady")).toEqual({ kind: "fan", sockets: FAN_COUNTING, to: FAR, random: false });
    expect(part("steady", "counting")).toMatchObject({ kind: "spread", random: false });
    expect(part("random", "steady")).toEqual({ kind: "fan", sockets: FAN_RANDOM, to: FAR, random: true });
    expect(part("steady", "random")).toMatchObject({ kind: "spread", random: true });
    for (const theirs of ["counting", "random"] as const) expect([part("random", theirs), part(theirs, "random")]).toEqual([null, null]);
  });

  test("come to one place, or to nothing, at an address that nobody but the other end vouches for", () => {
    const left = (own: Habit, theirs: Habit) => ofOnePlace(part(own, theirs) as Part);
    expect(left("counting", "steady")).toEqual({ kind: "pair", to: FAR });
    expect(left("steady", "steady")).toEqual({ kind: "pair", to: FAR });
    expect([left("steady", "counting"), left("random", "steady"), left("steady", "random")]).toEqual([null, null, null]);
  });

  test("are nothing where a place is not known", () => {
    expect(partOf(place("steady", null), place("steady"), true, random)).toBeNull();
    expect(partOf(place("steady"), place("steady", null), true, random)).toBeNull();
  });

  test("of two that count: one sends to a port in the midst of those that the other's next datagrams will have", () => {
    const [fan, spread] = [part("counting", "counting", true), part("counting", "counting", false)];
    if (fan?.kind !== "fan" || spread?.kind !== "spread") throw new Error("other parts");
    expect(portOf(fan.to) - portOf(FAR)).toBe(PREDICTED_PORTS / 3);
    expect(spread.targets.map((target) => portOf(target) - portOf(FAR))).toEqual(Array.from({ length: PREDICTED_PORTS }, (_, n) => n + 1));
  });

  test("go on at the lowest port after the highest", () => {
    const spread = partOf(place("steady", OWN), place("counting", endpoint(ipOf(FAR), 65_534)), true, random);
    expect(spread?.kind === "spread" && spread.targets.slice(0, 3).map(portOf)).toEqual([65_535, CONNECT_PORT_MIN, CONNECT_PORT_MIN + 1]);
  });

  test("guesses are many different ports, none of a service", () => {
    const spread = part("steady", "random");
    if (spread?.kind !== "spread") throw new Error("another part");
    expect(new Set(spread.targets).size).toBe(spread.targets.length);
    expect(spread.targets.length).toBeLessThanOrEqual(GUESSES_MAX);
    expect(spread.targets.every((target) => portOf(target) >= CONNECT_PORT_MIN && ipOf(target) === ipOf(FAR))).toBe(true);
  });
});
