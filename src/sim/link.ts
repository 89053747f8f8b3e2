/** The line between a host or NAT box and the network it hangs on, as good or as bad as the moment wants it. */
import type { Random } from "./random.ts";
import type { Fate } from "./world.ts";

export interface LinkQuality {
  /** Probability that a datagram is lost on this link, each way. */
  loss: number;
  /** Milliseconds each way. */
  delayMs: number;
  /** Up to so many milliseconds more, drawn for each datagram: jitter reorders. */
  jitterMs: number;
  /** Probability that a datagram comes twice. */
  duplicate: number;
}

export interface Link extends LinkQuality {
  plugged: boolean;
  /** Links of one network on different islands cannot reach each other. */
  island: number;
  /** Links that nothing comes to or from, though both reach others: a broken route. */
  readonly cutFrom: Set<Link>;
}

/** A link without any fault. */
export function newLink(delayMs = 0): Link {
  return { loss: 0, delayMs, jitterMs: 0, duplicate: 0, plugged: true, island: 0, cutFrom: new Set() };
}

/** Breaks the route between two links. */
export function cut(a: Link, b: Link): void {
  a.cutFrom.add(b);
  b.cutFrom.add(a);
}

export function mend(a: Link, b: Link): void {
  a.cutFrom.delete(b);
  b.cutFrom.delete(a);
}

/** Why nothing crosses from one link to the other at all, or not this time; null when it does. */
export function crossingFate(a: Link, b: Link, random: Random): Fate | null {
  if (!a.plugged || !b.plugged) return "unplugged";
  if (a.island !== b.island || a.cutFrom.has(b)) return "partition";
  return random.chance(a.loss) || random.chance(b.loss) ? "loss" : null;
}

/** Milliseconds that one datagram takes over both links. */
export function crossingMs(a: Link, b: Link, random: Random): number {
  const jitterMs = a.jitterMs + b.jitterMs;
  return a.delayMs + b.delayMs + (jitterMs === 0 ? 0 : random.between(0, jitterMs));
}
