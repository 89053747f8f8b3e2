/**
 * A channel of 50 members in 10 processes, over UDP on loopback: how long a post takes to each of them and to the last one,
 * and what each delivery costs. The floor is the same text sent to as many bare sockets in the same processes.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Bench, Figure } from "./figures.ts";
import type { Heard, PartyProcess, Traffic } from "./processes/party.ts";
import { percentile, sum } from "./samples.ts";

const PROCESSES = 10;
const EACH = 5;
const MEMBERS = PROCESSES * EACH;
const CHANNEL = "#bench";
/** Each author says one so often. */
const EVERY_MS = 50;
const AUTHORS = [1, 5] as const;
/** Until all have a session with all: 1,225 handshakes. */
const MEET_MS = 120_000;
const LOOK_MS = 250;
/** Until the first trees have grown and the first digests are compared. */
const SETTLE_MS = 12_000;
/** What comes later than so long after the last post counts as lost: nodes that have more to do than the machine can must catch up by then. */
const LATE_MS = 40_000;
const P50_GOAL_MS = 2.2;
const P99_GOAL_MS = 6.5;
const WIRE_GOAL_BYTES = 330;
const CPU_GOAL_MS = 0.15;

type Party = readonly Child<PartyProcess>[];

/** What all processes together have used so far. */
interface Spent extends Traffic {
  readonly cpuMs: number;
  readonly atMs: number;
}

/** What was heard of the posts of some authors, and what that cost. */
interface Round {
  readonly posts: number;
  readonly expected: number;
  readonly heard: readonly Heard[];
  readonly bytes: number;
  readonly datagrams: number;
  readonly repeated: number;
  readonly cpuMs: number;
  readonly forMs: number;
}

export const benchChannel: Bench = async ({ quick }) => {
  const perAuthor = quick ? 100 : 300;
  const party = Array.from({ length: PROCESSES }, () => new Child<PartyProcess>("party.ts"));
  try {
    const meetMs = await gather(party);
    await wait(SETTLE_MS);
    const idle = await idleCost(party, quick ? 5_000 : 10_000);
    await round(party, 1, perAuthor / 10); // warm-up
    const figures: Figure[] = [
      { what: `from the first JOIN until all ${MEMBERS} have sessions with all`, value: meetMs / 1_000, unit: "s" },
    ];
    const ports = await openRaw(party);
    await rawRound(party, ports, 1, perAuthor / 10);
    for (const authors of AUTHORS) {
      const floor = await rawRound(party, ports, authors, perAuthor);
      figures.push(...figuresOf(authors, await round(party, authors, perAuthor), floor, idle));
    }
    return {
      name: "channel",
      title: `open channel of ${MEMBERS} nodes in ${PROCESSES} processes, posts of 200 bytes, ${1_000 / EVERY_MS} a second from each author; floor: the same text from one bare socket to ${MEMBERS - 1}`,
      figures,
      notes: [
        "whole nodes as the SDK makes them, each on an address of its own in 127.0.0.0/8; they keep the channel in memory, no disk takes part",
        "each calls the addresses of those before it, as a node does that has met them before: how they are found is not measured here",
        `${perAuthor} posts of each author; latency from the call of send at the author until a member's listener has the post`,
        "bytes are payloads of UDP that all nodes sent, acknowledgements, HELLO and digests of the time among them; `beside idle`: less what the same nodes send when nobody says anything",
        "the floor reads and writes JSON, has no acknowledgements and keeps nothing",
        `${PROCESSES} processes share the CPUs of this machine: the last member waits for ${MEMBERS - 1} others' turns`,
      ],
    };
  } finally {
    await Promise.all(party.map((child) => child.end()));
  }
};

/** Opens the nodes and lets them find one another. @returns how long that took, in ms */
async function gather(party: Party): Promise<number> {
  const opened = await Promise.all(party.map((child, at) => child.ask("open", ipsOf(at), MEET_MS)));
  const began = performance.now();
  await Promise.all(party.map((child) => child.ask("join", { to: CHANNEL, all: opened.flat() })));
  for (;;) {
    const fewest = Math.min(...(await Promise.all(party.map((child) => child.ask("fewest", null)))));
    if (fewest >= MEMBERS - 1) return performance.now() - began;
    if (performance.now() - began > MEET_MS) throw new Error(`after ${MEET_MS} ms a member knows ${fewest} others`);
    await wait(LOOK_MS);
  }
}

function ipsOf(process: number): string[] {
  return Array.from({ length: EACH }, (_, at) => `127.0.1.${process * EACH + at + 1}`);
}

async function spent(party: Party): Promise<Spent> {
  const traffic = await Promise.all(party.map((child) => child.ask("traffic", null)));
  const usage = await Promise.all(party.map((child) => child.ask("usage", null)));
  const total = (key: keyof Traffic) => sum(traffic.map((each) => each[key]));
  const cpuMs = sum(usage.map((each) => each.cpuMs));
  return { bytes: total("bytes"), datagrams: total("datagrams"), repeated: total("repeated"), cpuMs, atMs: performance.now() };
}

interface Idle {
  /** Of all nodes, a ms. */
  readonly bytes: number;
  readonly cpuMs: number;
}

async function idleCost(party: Party, forMs: number): Promise<Idle> {
  const before = await spent(party);
  await wait(forMs);
  const after = await spent(party);
  const took = after.atMs - before.atMs;
  return { bytes: (after.bytes - before.bytes) / took, cpuMs: (after.cpuMs - before.cpuMs) / took };
}

/** Lets as many authors, each in a process of its own, say so many posts each, and waits until all have come or are late. */
async function round(party: Party, authors: number, perAuthor: number): Promise<Round> {
  const before = await spent(party);
  const said = await Promise.all(
    party.slice(0, authors).map((child, at) => child.ask("say", sayingOf(at, perAuthor), perAuthor * EVERY_MS + LATE_MS)),
  );
  const failed = sum(said.map((each) => each.failed));
  if (failed > 0) throw new Error(`${failed} posts were not kept by their authors`);
  return heardAfter(party, before, authors * perAuthor);
}

async function openRaw(party: Party): Promise<[ip: string, port: number][][]> {
  return Promise.all(party.map((child, at) => child.ask("openRaw", ipsOf(at))));
}

async function rawRound(party: Party, ports: readonly [ip: string, port: number][][], authors: number, perAuthor: number): Promise<Round> {
  const before = await spent(party);
  const bytes = await Promise.all(
    party.slice(0, authors).map((child, at) => {
      const to = ports.flatMap((each, process) => (process === at ? each.slice(1) : each));
      return child.ask("sayRaw", { ...sayingOf(at, perAuthor), to }, perAuthor * EVERY_MS + LATE_MS);
    }),
  );
  return { ...(await heardAfter(party, before, authors * perAuthor)), bytes: sum(bytes) };
}

function sayingOf(author: number, count: number) {
  return { member: 0, first: author * count, count, everyMs: EVERY_MS };
}

async function heardAfter(party: Party, before: Spent, posts: number): Promise<Round> {
  const expected = posts * (MEMBERS - 1);
  const heard: Heard[] = [];
  const until = performance.now() + LATE_MS;
  for (;;) {
    for (const child of party) heard.push(...(await child.ask("takeHeard", null)));
    if (heard.length >= expected || performance.now() > until) break;
    await wait(LOOK_MS);
  }
  const after = await spent(party);
  return {
    posts,
    expected,
    heard,
    bytes: after.bytes - before.bytes,
    datagrams: after.datagrams - before.datagrams,
    repeated: after.repeated - before.repeated,
    cpuMs: after.cpuMs - before.cpuMs,
    forMs: after.atMs - before.atMs,
  };
}

function figuresOf(authors: number, of: Round, floor: Round, idle: Idle): Figure[] {
  const who = authors === 1 ? "1 author" : `${authors} authors`;
  const deliveries = of.heard.length;
  const share = (100 * deliveries) / of.expected;
  const [each, last] = [of.heard.map(([, tookMs]) => tookMs), lastOf(of.heard)];
  const [eachFloor, lastFloor] = [floor.heard.map(([, tookMs]) => tookMs), lastOf(floor.heard)];
  const latency = (what: string, share: number, values: number[], floors: number[], goalMs?: number): Figure => {
    const value = percentile(values, share);
    const goal = goalMs === undefined ? {} : under(value, goalMs, "ms");
    return { what: `${who}: ${what} p${100 * share}`, value, unit: "ms", floor: percentile(floors, share), ...goal };
  };
  const wire = of.bytes / deliveries;
  // The nodes of the other round are idle while the bare sockets speak.
  const floorCpuMs = (floor.cpuMs - idle.cpuMs * floor.forMs) / floor.heard.length;
  const cpuMs = of.cpuMs / deliveries;
  return [
    {
      what: `${who}: delivered`,
      value: share,
      unit: "%",
      floor: (100 * floor.heard.length) / floor.expected,
      goal: "100 %",
      met: deliveries === of.expected,
    },
    latency("to each member", 0.5, each, eachFloor),
    latency("to each member", 0.99, each, eachFloor),
    latency("to the last member", 0.5, last, lastFloor, P50_GOAL_MS),
    latency("to the last member", 0.99, last, lastFloor, P99_GOAL_MS),
    {
      what: `${who}: wire, a delivery`,
      value: wire,
      unit: "bytes",
      floor: floor.bytes / floor.heard.length,
      ...under(wire, WIRE_GOAL_BYTES, "bytes"),
    },
    { what: `${who}: wire, a delivery, beside idle`, value: (of.bytes - idle.bytes * of.forMs) / deliveries, unit: "bytes" },
    { what: `${who}: datagrams, a delivery`, value: of.datagrams / deliveries, unit: "" },
    { what: `${who}: CPU, a delivery`, value: cpuMs, unit: "ms", floor: floorCpuMs, ...under(cpuMs, CPU_GOAL_MS, "ms") },
    { what: `${who}: CPU, a delivery, beside idle`, value: (of.cpuMs - idle.cpuMs * of.forMs) / deliveries, unit: "ms", floor: floorCpuMs },
    { what: `${who}: copies of a post that come to a member`, value: 1 + of.repeated / deliveries, unit: "" },
  ];
}

/** How long each post took to the last member that it came to, in ms. */
function lastOf(heard: readonly Heard[]): number[] {
  const last = new Map<number, number>();
  for (const [number, tookMs] of heard) last.set(number, Math.max(tookMs, last.get(number) ?? 0));
  return [...last.values()];
}

function under(value: number, most: number, unit: string): Pick<Figure, "goal" | "met"> {
  return { goal: `<= ${most} ${unit}`, met: value <= most };
}
