/**
 * Has A and B of one pair meet: both know S, both join a channel at the same moment and say something there, and what
 * becomes of that is measured from that moment on.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { CountersView, NamedEvent, PathKind, PeerView } from "../../src/app/index.ts";
import type { Lab } from "./lab.ts";
import { S_ENDPOINT } from "./lab.ts";
import { build, type Pair } from "./pairs.ts";
import { type Heard, Talker } from "./talker.ts";

const CHANNEL = "#matrix";
/** A node that reaches S has a session with it within this, in ms. */
const ATTACH_MS = 4_000;
/** A text that is not there by then does not come, in ms: the longest of a punch, a handshake given up, and then some. */
const TEXT_MS = 12_000;
/** A direct path that is not there by then does not come, in ms: a punch takes 5 s at most. */
const DIRECT_MS = 8_000;

/** What was promised: a text there, and a direct path where there can be one, within so long, in ms. */
export const WITHIN_MS = 1_000;

export interface Met {
  readonly pair: Pair;
  /** Both held a session with S before they joined. */
  readonly attached: boolean;
  /** When the text of either was shown at the other, and the later of both, in ms from the join; null: never. */
  readonly firstMs: number | null;
  readonly bothMs: number | null;
  /** When both sent over a path without a relay; null: never. */
  readonly directMs: number | null;
  /** The path at the end, as A and as B have it; null where they have no session. */
  readonly paths: readonly [PathKind | null, PathKind | null];
  /** What A and B sent together until that direct path, or until the end where there was none. */
  readonly datagrams: number;
  readonly bytes: number;
  /** What they dropped, with the reasons, and what they tried, where something is not as promised. */
  readonly notes: readonly string[];
  /** Null where no lifetime was given. */
  readonly woken: Woken | null;
  /** All that both said, in order, where it was asked for. */
  readonly trace: readonly string[];
}

/** What was said after a silence of three lifetimes of the NATs' mappings. */
export interface Woken {
  /** The later of both texts, from the moment they were sent; null: one never came. */
  readonly bothMs: number | null;
  /** Data still took the same path, at both ends, and had taken no other. */
  readonly samePath: boolean;
}

export interface MeetingOptions {
  readonly trace?: boolean;
  /** The NATs forget a mapping after so many seconds; once the two have met, they say nothing for three times as long. */
  readonly lifetimeS?: number | null;
  /** More words for the command line of A and B. */
  readonly words?: readonly string[];
  /** Told of the laboratory once it stands, so that it can be taken down from outside. */
  readonly onLab?: (lab: Lab) => void;
}

/** @throws Error when the laboratory or a node does not start */
export async function meet(pair: Pair, options: MeetingOptions = {}): Promise<Met> {
  const { trace = false, lifetimeS = null, words = [], onLab = () => {} } = options;
  const lab = await build(pair, lifetimeS);
  try {
    onLab(lab);
    await lab.rendezvous();
    const start = (host: string) => Talker.start(lab, host, { peers: [S_ENDPOINT], tap: trace, words });
    const [a, b] = await Promise.all([start("A"), start("B")]);
    const zeroMs = performance.now();
    const met = await measure(pair, a, b);
    const woken = lifetimeS === null ? null : await wake(a, b, lifetimeS);
    return { ...met, woken, trace: trace ? traceOf(zeroMs, { A: a, B: b }) : [] };
  } finally {
    await lab.down();
  }
}

async function measure(pair: Pair, a: Talker, b: Talker): Promise<Omit<Met, "woken" | "trace">> {
  const attached = (await Promise.all([a, b].map((each) => each.holds(1, ATTACH_MS)))).every((held) => held);
  await Promise.all([a, b].map(warmUp));
  const before = await Promise.all([a.counters(), b.counters()]);
  const joinedMs = performance.now();
  const since = (heard: Heard | null) => (heard === null ? null : heard.atMs - joinedMs);
  const talk = [a, b].map(async (each) => {
    await each.door.join({ channel: CHANNEL });
    await each.door.send({ channel: CHANNEL, text: `from ${each.nodeId}` });
  });
  const texts = Promise.all([gotText(a, `from ${b.nodeId}`), gotText(b, `from ${a.nodeId}`)]);
  const direct = await Promise.all([wentDirect(a, b), wentDirect(b, a)]);
  const after = await Promise.all([a.counters(), b.counters()]);
  const shown = (await texts).map(since);
  await Promise.all(talk);
  const notes = (await Promise.all([notesOf("A", a, b), notesOf("B", b, a)])).flat();
  return {
    pair,
    attached,
    firstMs: earliest(shown),
    bothMs: latest(shown),
    directMs: latest(direct.map(since)),
    paths: await pathsOf(a, b),
    datagrams: spent(before, after, "datagramsOut"),
    bytes: spent(before, after, "bytesOut"),
    notes,
  };
}

/** Lets three lifetimes pass in which neither says anything, then has both say something. */
async function wake(a: Talker, b: Talker, lifetimeS: number): Promise<Woken> {
  const met = waysTaken(a, b);
  await delay(3_000 * lifetimeS);
  const sentMs = performance.now();
  for (const each of [a, b]) await each.door.send({ channel: CHANNEL, text: `woken ${each.nodeId}` });
  const texts = await Promise.all([gotText(a, `woken ${b.nodeId}`), gotText(b, `woken ${a.nodeId}`)]);
  return { bothMs: latest(texts.map((heard) => heard && heard.atMs - sentMs)), samePath: waysTaken(a, b) === met };
}

/** All paths that data of the two has taken so far. */
function waysTaken(a: Talker, b: Talker): string {
  return [taken(a, b), taken(b, a)].join("; ");
}

/** A node's first write takes the time that it takes to start; what is measured here is how the two get to each other. */
async function warmUp({ door, nodeId }: Talker): Promise<void> {
  const channel = `#${nodeId.toLowerCase()}`;
  await door.join({ channel });
  await door.send({ channel, text: "to nobody" });
}

export function gotText(at: Talker, text: string): Promise<Heard | null> {
  return at.until((event) => event.type === "post" && event.text === text, TEXT_MS);
}

/** The session with the other began on a direct path, or data moved to one. */
export function wentDirect(at: Talker, to: Talker): Promise<Heard | null> {
  return at.until((event) => isPath(event) && event.peer === to.nodeId && event.path !== "relay", DIRECT_MS);
}

function isPath(event: NamedEvent): event is Extract<NamedEvent, { type: "path" | "session-up" }> {
  return event.type === "path" || event.type === "session-up";
}

async function pathsOf(a: Talker, b: Talker): Promise<Met["paths"]> {
  return [pathTo(await a.door.peers(), b), pathTo(await b.door.peers(), a)];
}

function pathTo(peers: readonly PeerView[], other: Talker): PathKind | null {
  return peers.find(({ id, live }) => id === other.nodeId && live)?.path ?? null;
}

function spent(before: readonly CountersView[], after: readonly CountersView[], what: "datagramsOut" | "bytesOut"): number {
  return after.reduce((sum, counters, at) => sum + counters[what] - (before[at]?.[what] ?? 0), 0);
}

function latest(times: readonly (number | null)[]): number | null {
  return times.reduce((last, ms) => (last === null || ms === null ? null : Math.max(last, ms)), 0 as number | null);
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((ms) => ms !== null);
  return known.length === 0 ? null : Math.min(...known);
}

async function notesOf(name: string, talker: Talker, other: Talker): Promise<string[]> {
  const { dropped } = await talker.counters();
  const drops = Object.entries(dropped).map(([reason, times]) => `${reason} ${times}`);
  return [`${name} dropped: ${drops.join(", ") || "nothing"}`, `${name} went over: ${taken(talker, other) || "nothing"}`];
}

function taken(at: Talker, to: Talker): string {
  const ways = at.heard.map(({ event }) => event).filter(isPath);
  return ways
    .filter(({ peer }) => peer === to.nodeId)
    .map(({ path, endpoint }) => `${path} ${endpoint}`)
    .join(", ");
}

export function traceOf(zeroMs: number, talkers: Readonly<Record<string, Talker>>): string[] {
  const lines = Object.entries(talkers).flatMap(([name, { heard }]) => heard.map(({ atMs, event }) => ({ name, atMs, event })));
  lines.sort((one, other) => one.atMs - other.atMs);
  return lines.map(({ name, atMs, event }) => `${(atMs - zeroMs).toFixed(1).padStart(9)} ${name} ${wordsOf(event)}`);
}

function wordsOf(event: NamedEvent): string {
  if (event.type !== "traffic") return `-- ${JSON.stringify(event)}`;
  const { direction, endpoint, socket, verb, text, dropped, session } = event;
  const arrow = direction === "in" ? "<-" : "->";
  const what = text.length > 260 ? `${text.slice(0, 260)}... (${text.length})` : text;
  const where = `${endpoint}${socket === 0 ? "" : ` socket ${socket}`}${session === undefined ? "" : " in session"}`;
  return `${arrow} ${verb ?? "?"} ${where}${dropped === undefined ? "" : ` DROPPED ${dropped}`} ${what}`;
}
