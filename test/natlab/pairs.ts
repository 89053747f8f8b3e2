/** All that the matrix runs: each behaviour with each, and two nodes that share a NAT. */
import { BEHAVIOURS, type Behaviour, type Box, possible, type Way } from "./behaviours.ts";
import { Lab } from "./lab.ts";

export interface Pair {
  /** What A and B are behind; equal to `a` of another pair where it is a row of its own. */
  readonly a: string;
  readonly b: string;
  readonly possible: Way;
  readonly topology: Topology;
}

/** README.md, "Topology". */
export interface Topology {
  readonly hosts: Readonly<Record<string, object>>;
  readonly nats: Readonly<Record<string, object>>;
}

const S = { addr: "203.0.113.10" };

/** The 91 pairs of the 13 behaviours, each with itself too. */
export const MATRIX: readonly Pair[] = BEHAVIOURS.flatMap((a, at) =>
  BEHAVIOURS.slice(at).map((b) => ({ a: a.name, b: b.name, possible: possible(a, b), topology: apart(a, b) })),
);

const HOME = { type: "port-restricted" };
const ISP = { type: "port-restricted", lan: "100.64.0.1/24" };

/** Two nodes that share a NAT; multicast is off, so that they must be introduced. */
export const SHARED: readonly Pair[] = [
  { a: "one-nat", b: "one-nat", possible: "local", topology: inOneHome(HOME) },
  { a: "one-nat-hairpin", b: "one-nat-hairpin", possible: "plain", topology: inOneHome({ ...HOME, hairpin: true }) },
  { a: "one-cgnat", b: "one-cgnat", possible: "relay", topology: underOneCarrier(ISP) },
  { a: "one-cgnat-hairpin", b: "one-cgnat-hairpin", possible: "plain", topology: underOneCarrier({ ...ISP, hairpin: true }) },
];

export const PAIRS: readonly Pair[] = [...MATRIX, ...SHARED];

/**
 * The pairs of one name, or of two with each other, in either order.
 * @throws Error where there is none
 */
export function pairsOf(names: readonly string[]): readonly Pair[] {
  if (names.length === 0) return PAIRS;
  const [one = "", other = one] = names;
  const found = PAIRS.filter(({ a, b }) =>
    names.length === 1 ? a === one || b === one : [a, b].sort().join() === [one, other].sort().join(),
  );
  if (found.length > 0) return found;
  throw new Error(`no such pair: ${names.join(",")}; there are ${[...new Set(PAIRS.map(({ a }) => a))].join(", ")}`);
}

/** A and B behind NATs of their own, S public. */
function apart(a: Behaviour, b: Behaviour): Topology {
  const sides = { A: a, B: b };
  const hosts = Object.entries(sides).map(([host, { boxes }]) => [host, behind(host, boxes, 0)]);
  const nats = Object.entries(sides).flatMap(([host, { boxes }]) =>
    boxes.map((box, depth) => [`N${host}${depth}`, { ...box, ...behind(host, boxes, depth + 1) }]),
  );
  return { hosts: { S, ...Object.fromEntries(hosts) }, nats: Object.fromEntries(nats) };
}

function behind(host: string, boxes: readonly Box[], depth: number): object {
  return depth < boxes.length ? { nat: `N${host}${depth}` } : {};
}

function inOneHome(nat: Box): Topology {
  return { hosts: { S, A: { nat: "N" }, B: { nat: "N" } }, nats: { N: nat } };
}

function underOneCarrier(isp: Box): Topology {
  return {
    hosts: { S, A: { nat: "NA" }, B: { nat: "NB" } },
    nats: { NA: { type: "linux", nat: "N" }, NB: { type: "linux", nat: "N" }, N: isp },
  };
}

/**
 * Builds the laboratory of a pair.
 * @param lifetimeS - after how many seconds without a datagram its NATs forget a mapping; null: the laboratory's own 30
 */
export function build({ topology }: Pair, lifetimeS: number | null = null): Promise<Lab> {
  const { hosts, nats } = topology;
  if (lifetimeS === null) return Lab.of(topology);
  return Lab.of({ hosts, nats: Object.fromEntries(Object.entries(nats).map(([name, nat]) => [name, { ...nat, timeout: lifetimeS }])) });
}
