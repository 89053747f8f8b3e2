/**
 * What a delivery in a channel takes of the network, and of the CPU without sockets and disks: cores in one process, under a
 * virtual clock. Bytes and datagrams come out the same wherever and however often it is run.
 */

import { openChannelHash } from "../src/crypto/index.ts";
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import type { Host } from "../src/sim/host.ts";
import { Simulator } from "../src/sim/simulator.ts";
import { guidFrom } from "../src/wire/index.ts";
import type { Bench, Figure } from "./figures.ts";
import { sum } from "./samples.ts";

const NAME = "bench";
const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, NAME));
const SEED = 1;
const TEXT_BYTES = 200;
const EVERY_MS = 50;
/** Until all have sessions with all, ... */
const SESSIONS_MS = 10_000;
/** ... and have told each other of the channel, and that they hold the same. */
const MEET_MS = 60_000;
const WARM_UP = 40;
/** What members say when nobody posts comes in heaps, every minute and every two: so long is looked at it. */
const IDLE_MS = 240_000;
const BYTES_GOAL = 1_000;

/** What all nodes have sent so far, what has come to members, and the CPU that it took. */
interface Spent {
  readonly bytes: number;
  readonly datagrams: number;
  readonly deliveries: number;
  readonly cpuMs: number;
}

export const benchDeliveries: Bench = async ({ quick }) => {
  const nodes = quick ? 10 : 20;
  const posts = quick ? 300 : 1_200; // a minute
  const simulator = new Simulator({ seed: SEED, crypto: sodiumCrypto });
  const members: Host[] = [];
  for (let at = 0; at < nodes; at++) members.push(simulator.add({ name: `member ${at}`, peers: members.map((each) => each.endpoint()) }));
  for (const member of members) member.start();
  simulator.run(SESSIONS_MS);
  for (const member of members) member.command({ kind: "join", channelId: CHANNEL, name: NAME, at: [] });
  simulator.run(MEET_MS);
  const party = { simulator, members };
  const figures: Figure[] = [];
  say(party, 1, WARM_UP);
  const idle = spentIn(party, () => simulator.run(IDLE_MS));
  for (const authors of [1, 5]) {
    const each = posts / authors;
    const spent = spentIn(party, () => say(party, authors, each));
    figures.push(...figuresOf(authors, spent, idle, (EVERY_MS * each) / IDLE_MS));
  }
  return {
    name: "deliveries",
    title: `open channel of ${nodes} cores in one process, posts of ${TEXT_BYTES} bytes, ${1_000 / EVERY_MS} a second from each author`,
    figures,
    notes: [
      "less what the same nodes send and compute when nobody says anything; the last line of each: that",
      "bytes are payloads of UDP; a step of the virtual clock, and copying what is sent, count as CPU",
      `seed ${SEED}: bytes and datagrams are the same in each run`,
    ],
  };
};

interface Party {
  readonly simulator: Simulator;
  readonly members: readonly Host[];
}

let said = 0;

function say({ simulator, members }: Party, authors: number, posts: number): void {
  for (let post = 0; post < posts; post++) {
    for (const author of members.slice(0, authors)) {
      const id = `${said++}`.padStart(32, "0");
      author.command({ kind: "post", id, channelId: CHANNEL, text: id.padEnd(TEXT_BYTES, "m") });
    }
    simulator.run(EVERY_MS);
  }
}

function spentIn(party: Party, work: () => void): Spent {
  const before = spent(party);
  work();
  const after = spent(party);
  return {
    bytes: after.bytes - before.bytes,
    datagrams: after.datagrams - before.datagrams,
    deliveries: after.deliveries - before.deliveries,
    cpuMs: after.cpuMs - before.cpuMs,
  };
}

function spent({ members }: Party): Spent {
  const counters = members.map(({ node }) => node.counters());
  const { user, system } = process.cpuUsage();
  return {
    bytes: sum(counters.map(({ bytesOut }) => bytesOut)),
    datagrams: sum(counters.map(({ datagramsOut }) => datagramsOut)),
    deliveries: sum(members.map(({ events }) => events.filter((event) => event.type === "post" && !event.own).length)),
    cpuMs: (user + system) / 1_000,
  };
}

/** @param share - of the idle time, so long it took */
function figuresOf(authors: number, of: Spent, idle: Spent, share: number): Figure[] {
  const who = authors === 1 ? "1 author" : `${authors} authors`;
  const beside = (key: "bytes" | "datagrams" | "cpuMs") => (of[key] - share * idle[key]) / of.deliveries;
  const bytes = beside("bytes");
  return [
    { what: `${who}: bytes, a delivery`, value: bytes, unit: "bytes", goal: `<= ${BYTES_GOAL} bytes`, met: bytes <= BYTES_GOAL },
    { what: `${who}: datagrams, a delivery`, value: beside("datagrams"), unit: "" },
    { what: `${who}: CPU, a delivery`, value: 1_000 * beside("cpuMs"), unit: "us" },
    { what: `${who}: bytes that are said anyway, for each delivery`, value: (share * idle.bytes) / of.deliveries, unit: "bytes" },
  ];
}
