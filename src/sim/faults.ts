/**
 * What goes wrong in a run, drawn from its seed: bad links, partitions, broken routes, crashes, NATs that forget, hosts
 * that move, full disks, clocks that jump. Faults first, then calm: at the end of the faults everything works again.
 */
import { ipOf } from "../wire/index.ts";
import type { BehaviourName } from "./behaviour.ts";
import type { Host } from "./host.ts";
import { ACCESS_MS } from "./internet.ts";
import { cut, type Link, mend } from "./link.ts";
import type { Family } from "./network.ts";
import type { Random } from "./random.ts";
import type { Simulator } from "./simulator.ts";

/** The most that a link is made to suffer. */
const LOSS_MAX = 0.6;
const DUPLICATE_MAX = 0.3;
const DELAY_MAX_MS = 150;
const JITTER_MAX_MS = 250;
/** Milliseconds that one fault lasts. */
const LASTS_MS = { least: 200, most: 12_000 } as const;
const CLOCK_JUMP_MAX_MS = 86_400_000;
/** Where a host that moves may find itself. */
const HOMES: readonly BehaviourName[] = ["public", "full-cone", "port-restricted", "linux", "symmetric", "cgnat"];

/** `bare`: what peers that are known by their addresses survive. `sessions`: routes that break and hosts that move, besides. */
export type FaultKind = "bare" | "sessions";

export interface FaultOptions {
  readonly kind: FaultKind;
  /** Milliseconds from now in which things go wrong. */
  readonly ms: number;
  /** Faults besides bad links, on the average one in so many milliseconds. */
  readonly everyMs: number;
}

/** Plans the faults of the next `ms`; at their end calm is made. */
export function planFaults(simulator: Simulator, random: Random, options: FaultOptions): void {
  for (const link of linksOf(simulator)) worsen(link, random);
  for (let at = 0; ; ) {
    at += random.between(0, 2 * options.everyMs);
    if (at >= options.ms) break;
    simulator.after(at, () => strike(simulator, random, STRIKES[options.kind]));
  }
  simulator.after(options.ms, () => makeCalm(simulator));
}

/** Ends every fault: good links, no partition, every host up that is not put away, disks with room. */
export function makeCalm(simulator: Simulator): void {
  say(simulator, "calm");
  for (const link of linksOf(simulator)) {
    const atInternet = link.delayMs > 0;
    Object.assign(link, { loss: 0, duplicate: 0, jitterMs: 0, delayMs: atInternet ? ACCESS_MS : 0, plugged: true, island: 0 });
    link.cutFrom.clear();
  }
  for (const host of simulator.hosts) {
    host.disk.full = false;
    if (!host.running && !host.isAway) host.start();
  }
}

/** Each link gets its own mix; a good many stay good, as in life. */
function worsen(link: Link, random: Random): void {
  if (link.delayMs === 0) return; // inside a home
  link.delayMs = random.between(1, DELAY_MAX_MS);
  if (random.chance(0.6)) link.loss = random.between(0, LOSS_MAX);
  if (random.chance(0.4)) link.duplicate = random.between(0, DUPLICATE_MAX);
  if (random.chance(0.6)) link.jitterMs = random.between(0, JITTER_MAX_MS);
}

type Strike = (simulator: Simulator, host: Host, random: Random) => void;

const BARE: readonly Strike[] = [crash, crash, partition, rebindNat, renumberNat, unplug, fillDisk, jumpClock];
const STRIKES: Readonly<Record<FaultKind, readonly Strike[]>> = {
  bare: BARE,
  sessions: [...BARE, breakRoute, breakRoute, move, loseV6],
};

function strike(simulator: Simulator, random: Random, strikes: readonly Strike[]): void {
  random.pick(strikes)(simulator, random.pick(simulator.hosts), random);
}

function crash(simulator: Simulator, host: Host, random: Random): void {
  if (!host.running) return;
  host.stop(random.below(host.disk.unwritten + 1));
  simulator.after(lasting(random), () => {
    if (!host.running && !host.isAway) host.start();
  });
}

function partition(simulator: Simulator, _host: Host, random: Random): void {
  const links = linksOf(simulator).filter(() => random.chance(0.5));
  say(simulator, `partition of ${links.length} links`);
  for (const link of links) link.island = 1;
  simulator.after(lasting(random), () => {
    for (const link of links) link.island = 0;
  });
}

/** Parts some hosts from all others. @returns what joins them again */
export function isolate(simulator: Simulator, hosts: readonly Host[]): () => void {
  const links = hosts.map(accessOf);
  say(simulator, `${hosts.map(({ name }) => name).join(", ")} are cut off`);
  for (const link of links) link.island = 2;
  return () => {
    for (const link of links) if (link.island === 2) link.island = 0;
  };
}

function rebindNat(simulator: Simulator, host: Host): void {
  const box = host.site.boxes[0];
  if (box === undefined) return;
  say(simulator, `${box.name} forgets its mappings`);
  box.rebind();
  noteRenamed(simulator, host);
}

function renumberNat(simulator: Simulator, host: Host): void {
  const box = host.site.boxes[0];
  if (box === undefined) return;
  say(simulator, `${box.name} gets another address`);
  simulator.internet.renumber(box);
  noteRenamed(simulator, host);
}

function noteRenamed(simulator: Simulator, at: Host): void {
  for (const host of simulator.hosts) if (host.site === at.site) simulator.note({ kind: "renamed", at: simulator.now, host: host.name });
}

function unplug(simulator: Simulator, host: Host, random: Random): void {
  say(simulator, `${host.name} is unplugged`);
  host.link.plugged = false;
  simulator.after(lasting(random), () => {
    host.link.plugged = true;
  });
}

/** Between two that both reach the others. */
function breakRoute(simulator: Simulator, host: Host, random: Random): void {
  const other = random.pick(simulator.hosts);
  const [a, b] = [accessOf(host), accessOf(other)];
  if (a === b) return;
  say(simulator, `nothing passes between ${host.name} and ${other.name}`);
  cut(a, b);
  simulator.after(lasting(random), () => mend(a, b));
}

/** Whom others have configured stays where it is; whoever knows somebody by v6 alone goes where v6 is. */
function move(simulator: Simulator, host: Host, random: Random): void {
  if (isConfigured(simulator, host)) return;
  const behind = random.pick(HOMES);
  const v6 = random.pick(needsV6(simulator, host) ? (["open", "firewall"] as const) : (["none", "open", "firewall"] as const));
  say(simulator, `${host.name} moves to a place that is ${behind} with v6 ${v6}`);
  host.move(simulator.internet.site(`${host.name} elsewhere`, { behind, v6 }), random.chance(0.5));
}

function needsV6(simulator: Simulator, host: Host): boolean {
  const knows = (other: Host, family: Family) => other.ips.has(family) && host.peers.includes(other.endpoint(family));
  return simulator.hosts.some((other) => knows(other, "v6") && !knows(other, "v4"));
}

function isConfigured(simulator: Simulator, host: Host): boolean {
  const own = [...host.ips.values()];
  return simulator.hosts.some((other) => other.peers.some((peer) => own.includes(ipOf(peer))));
}

function loseV6(simulator: Simulator, host: Host, random: Random): void {
  const box = host.site.v6;
  if (box === null) return;
  say(simulator, `${host.name} has no v6`);
  box.link.plugged = false;
  simulator.after(lasting(random), () => {
    box.link.plugged = true;
  });
}

function fillDisk(simulator: Simulator, host: Host, random: Random): void {
  say(simulator, `the disk of ${host.name} is full`);
  host.disk.full = true;
  simulator.after(lasting(random), () => {
    host.disk.full = false;
  });
}

function jumpClock(simulator: Simulator, host: Host, random: Random): void {
  const skewMs = Math.round(random.between(-CLOCK_JUMP_MAX_MS, CLOCK_JUMP_MAX_MS));
  say(simulator, `the clock of ${host.name} is set wrong by ${skewMs} ms`);
  host.setClock(skewMs);
}

/** The link by which a host reaches the internet over v4. */
function accessOf(host: Host): Link {
  return host.site.boxes[0]?.link ?? host.link;
}

function lasting(random: Random): number {
  return random.between(LASTS_MS.least, LASTS_MS.most);
}

function linksOf(simulator: Simulator): Link[] {
  const links = new Set<Link>();
  for (const host of simulator.hosts) {
    links.add(host.link);
    for (const box of host.site.boxes) links.add(box.link);
    if (host.site.v6 !== null) links.add(host.site.v6.link);
  }
  return [...links];
}

function say(simulator: Simulator, text: string): void {
  simulator.note({ kind: "fault", at: simulator.now, text });
}
