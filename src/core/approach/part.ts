/**
 * Who does what while ports are guessed, from what both NATs do. Both ends conclude it from the same two words, so neither
 * has to tell the other. PROTOCOL.md §11.9.
 *
 * - A steady end has one place, and sends from it to where the other may be: it spreads.
 * - The other end has none, so it opens many sockets that all send to that one place: it fans out.
 * - Of two that count, the one with the smaller id fans out, to a port that the other will have got in the midst of spreading.
 */
import type { RandomBytes } from "../../crypto/index.ts";
import { type Endpoint, endpoint, ipOf, portOf } from "../../wire/index.ts";
import { CONNECT_PORT_MIN, FAN_COUNTING, FAN_RANDOM, GUESSES_MAX, PREDICTED_PORTS } from "../limits.ts";
import type { Place } from "./port-habit.ts";

/** `targets`: in the order in which they are sent to. `random`: the birthday method, whose targets are sent to once each. */
export type Part =
  | { readonly kind: "pair"; readonly to: Endpoint }
  | { readonly kind: "fan"; readonly sockets: number; readonly to: Endpoint; readonly random: boolean }
  | { readonly kind: "spread"; readonly targets: readonly Endpoint[]; readonly random: boolean };

const PORT_MAX = 65_535;
const PORTS = PORT_MAX + 1 - CONNECT_PORT_MIN;

/**
 * @param first - whether our id is the smaller one
 * @returns null where nothing can be guessed: both ends give new ports to each destination, and at least one gives any
 */
export function partOf(own: Place, theirs: Place, first: boolean, random: RandomBytes): Part | null {
  const to = theirs.at;
  if (own.at === null || to === null) return null;
  const [isOwnSteady, isTheirsSteady] = [own, theirs].map(({ habit }) => habit === "steady" || habit === "unknown");
  if (isOwnSteady && isTheirsSteady) return { kind: "pair", to };
  if (isTheirsSteady) return fan(own.habit === "random", to);
  if (isOwnSteady) return theirs.habit === "random" ? spreadAtRandom(to, random) : spread(to);
  if (own.habit === "random" || theirs.habit === "random") return null;
  return first ? fan(false, endpoint(ipOf(to), wrapped(portOf(to) + PREDICTED_PORTS / 3))) : spread(to);
}

/**
 * What is left of a part where the other end's address is its own word alone: the one place that it names, tried like any other.
 * Beside a steady end that spreads, this finds the way as well where our next port can be foreseen. Null for guesses at an address.
 */
export function ofOnePlace(part: Part): Part | null {
  if (part.kind === "fan" && !part.random) return { kind: "pair", to: part.to };
  return part.kind === "pair" ? part : null;
}

function fan(random: boolean, to: Endpoint): Part {
  return { kind: "fan", sockets: random ? FAN_RANDOM : FAN_COUNTING, to, random };
}

/** The next ports after the one that was seen. */
function spread(to: Endpoint): Part {
  const targets = Array.from({ length: PREDICTED_PORTS }, (_, at) => endpoint(ipOf(to), wrapped(portOf(to) + 1 + at)));
  return { kind: "spread", targets, random: false };
}

function spreadAtRandom(to: Endpoint, random: RandomBytes): Part {
  const bytes = random(4 * GUESSES_MAX);
  const ports = new Set<number>();
  for (let at = 0; at + 1 < bytes.length && ports.size < GUESSES_MAX; at += 2) {
    const drawn = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (drawn >= CONNECT_PORT_MIN) ports.add(drawn);
  }
  return { kind: "spread", targets: [...ports].map((port) => endpoint(ipOf(to), port)), random: true };
}

function wrapped(port: number): number {
  return port <= PORT_MAX ? port : CONNECT_PORT_MIN + ((port - CONNECT_PORT_MIN) % PORTS);
}
