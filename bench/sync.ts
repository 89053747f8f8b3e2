/**
 * Channels on disk: a node that joins a channel with a long history, until it holds all of it; what the history takes on the
 * disk; and posts that are flushed at their author and at their receiver. Floors: a write and flush of the same disk.
 */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { loadOrMakeIdentity, STORE_FILE } from "../src/app/identity.ts";
import { openHash } from "../src/core/log/channel-hash.ts";
import { ChannelLog } from "../src/core/log/channel-log.ts";
import { type Event, eventOf, signEvent } from "../src/core/log/event.ts";
import { channelGuid } from "../src/core/log/event-message.ts";
import { base32 } from "../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../src/crypto/sodium/index.ts";
import { openSqliteStore } from "../src/store/index.ts";
import type { EventId, InstanceId, NodeId } from "../src/wire/index.ts";
import { Child, type Usage } from "./child.ts";
import { diskFlushesMs } from "./disk-flush.ts";
import type { Bench, Figure } from "./figures.ts";
import type { NodeProcess, SentMany } from "./processes/node.ts";
import { median, percentile, sum } from "./samples.ts";

const NAME = "bench";
const CHANNEL = `#${NAME}`;
const TEXT_BYTES = 200;
/** Posts that one signature covers. */
const BATCH = 100;
/** Posts that are written to the store at a time. */
const WRITE = 1_000;
const INST = "00000000000000be" as InstanceId;
/** Words that are as long and as many as those of people who chat; the search index takes room for each. */
const WORDS = 4_000;
const LOOK_MS = 20;
const SYNC_MS = 600_000;
const INDEX_MS = 300_000;
const SYNC_GOAL = 20_000;
const BURST_GOAL = 30_000;
const SINGLE_GOAL_MS = 1;
/** Posts that are given at once. */
const BURST = 1_024;
const FULL = 64;
const FLUSHES = 40;
const MB = 1_000_000;

export const benchSync: Bench = async ({ quick }) => {
  const posts = quick ? 10_000 : 100_000;
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  try {
    const figures = [...(await synced(directory, posts)), ...(await durable(directory, quick ? 2_000 : 10_000))];
    return {
      name: "sync",
      title: `open channel kept on disk, posts of ${TEXT_BYTES} bytes; a history of ${posts.toLocaleString("en")} posts of one author, a signature for ${BATCH}`,
      figures,
      notes: [
        "two nodes in two processes over UDP on loopback, each with a home; the machine's CPUs are shared by both and by their writers' threads",
        "time from the call of join at the empty node until its store holds all; the node has started before",
        "peak: of the resident memory of the whole process, with the writer and what SQLite keeps; growth: beyond what the node had before it joined",
        "disk: store.db after the search index has come to its end and the node has stopped, over the posts in it; encrypted, with index",
        "sent and delivered: until the receiver's ACK, which says that the post is flushed there; what comes while a batch is being kept goes under one signature with the next, so only posts that wait for one another have one each",
        "floor of those: writes and flushes of 8 KiB one after the other; each alone needs two, at the author and then at the receiver",
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

// ---- sync ----

async function synced(directory: string, posts: number): Promise<Figure[]> {
  const [oldHome, newHome] = [join(directory, "old"), join(directory, "new")];
  const last = await makeHome(oldHome, posts);
  const [old, joiner] = [new Child<NodeProcess>("node.ts"), new Child<NodeProcess>("node.ts")];
  try {
    const at = await old.ask("start", { home: oldHome });
    await until(INDEX_MS, async () => (await old.ask("found", { words: last, channel: CHANNEL })) > 0);
    await joiner.ask("start", { home: newHome });
    const before = { old: await old.ask("peak", null), joiner: await joiner.ask("peak", null), ...(await usages(old, joiner)) };
    const began = performance.now();
    await joiner.ask("join", { channel: CHANNEL, at });
    await until(SYNC_MS, async () => (await joiner.ask("kept", CHANNEL)) >= posts);
    const tookMs = performance.now() - began;
    const after = { old: await old.ask("peak", null), joiner: await joiner.ask("peak", null), ...(await usages(old, joiner)) };
    await until(INDEX_MS, async () => (await joiner.ask("found", { words: "number1", channel: CHANNEL })) > 0);
    await Promise.all([old.end(), joiner.end()]);
    const rate = (1_000 * posts) / tookMs;
    const perPost = (from: Usage, to: Usage) => (1_000 * (to.cpuMs - from.cpuMs)) / posts;
    return [
      { what: `sync of ${posts.toLocaleString("en")} posts`, value: tookMs / 1_000, unit: "s" },
      { what: "the same, posts a second", value: rate, unit: "/s", goal: `>= ${SYNC_GOAL.toLocaleString("en")}/s`, met: rate >= SYNC_GOAL },
      { what: "CPU of the one that has them, a post", value: perPost(before.oldUsage, after.oldUsage), unit: "us" },
      { what: "CPU of the one that joins, a post", value: perPost(before.joinerUsage, after.joinerUsage), unit: "us" },
      { what: "peak memory of the one that has them", value: after.old / MB, unit: "MB" },
      { what: "its growth", value: (after.old - before.old) / MB, unit: "MB" },
      { what: "peak memory of the one that joins", value: after.joiner / MB, unit: "MB" },
      { what: "its growth", value: (after.joiner - before.joiner) / MB, unit: "MB" },
      { what: "disk of the one that has them, a post", value: storeBytes(oldHome) / posts, unit: "bytes", floor: TEXT_BYTES },
      { what: "disk of the one that joined, a post", value: storeBytes(newHome) / posts, unit: "bytes", floor: TEXT_BYTES },
    ];
  } finally {
    await Promise.all([old.end(), joiner.end()]);
  }
}

async function usages(old: Child<NodeProcess>, joiner: Child<NodeProcess>): Promise<{ oldUsage: Usage; joinerUsage: Usage }> {
  const [oldUsage, joinerUsage] = await Promise.all([old.ask("usage", null), joiner.ask("usage", null)]);
  return { oldUsage, joinerUsage };
}

/** A home whose node wrote so many posts, a second between them. @returns a word that is in the last one only */
async function makeHome(home: string, posts: number): Promise<string> {
  mkdirSync(home, { recursive: true });
  const { keyPair, storeKey } = await loadOrMakeIdentity(home, "bench", {
    configured: false,
    get: () => Promise.reject(new Error("no passphrase")),
  });
  const store = await openSqliteStore({ file: join(home, STORE_FILE), key: storeKey });
  const hash = openHash(crypto, NAME);
  const channelId = channelGuid(hash);
  const log = new ChannelLog(hash, crypto, store.events);
  const author = base32(keyPair.publicKey) as NodeId;
  const begun = Date.now() - (posts + 60) * 1_000;
  await store.write([{ kind: "channel", channel: { id: channelId, name: NAME, mode: "open", joinedAt: begun, inst: INST } }]);
  let prev: EventId | null = null;
  for (let seq = 1; seq <= posts; ) {
    const events: Event[] = [];
    for (; events.length < WRITE && seq <= posts; seq++) {
      const place = { channel: hash, author, inst: INST, seq, prev, deps: [], hlc: (begun + seq * 1_000) * 1_000 };
      const event = eventOf(crypto, { ...place, kind: "post", text: textOf(seq), details: [] }, null);
      if (typeof event === "string") throw new Error(event);
      prev = event.id;
      events.push(seq % BATCH === 0 || seq === posts ? signEvent(crypto, event, keyPair) : event);
    }
    const receipt = log.append(events);
    if (receipt.kind !== "accepted") throw new Error(`not taken: ${receipt.kind}`);
    const signed = receipt.accepted.map(({ event, branch }) => ({ kind: "signed", channelId, own: true, event, branch }) as const);
    await store.write([...signed, ...log.takeChanged().map((row) => ({ kind: "log", channel: hash, row }) as const)]);
    log.settle(receipt.mark);
  }
  await store.close();
  return `number${posts}`;
}

let seed = 1;

/** The same texts in each run. */
function textOf(number: number): string {
  let text = `number${number}`;
  for (;;) {
    const word = ` ${wordOf(chance() * chance() * WORDS)}`; // few words are said often, many seldom
    if (text.length + word.length > TEXT_BYTES) return text.padEnd(TEXT_BYTES, ".");
    text += word;
  }
}

function wordOf(number: number): string {
  const whole = Math.floor(number);
  const letters = 2 + ((whole * 7) % 8);
  return Array.from({ length: letters }, (_, at) => String.fromCharCode(97 + ((whole * (at + 3) + ((whole >> at) ^ at)) % 26))).join("");
}

function chance(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return seed / 0x8000_0000;
}

function storeBytes(home: string): number {
  return sum(
    readdirSync(home)
      .filter((name) => name.startsWith(STORE_FILE))
      .map((name) => statSync(join(home, name)).size),
  );
}

async function until(withinMs: number, reached: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await reached())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms`);
    await wait(LOOK_MS);
  }
}

// ---- posts on both disks ----

async function durable(directory: string, forMs: number): Promise<Figure[]> {
  const [from, to] = [new Child<NodeProcess>("node.ts"), new Child<NodeProcess>("node.ts")];
  try {
    const at = await to.ask("start", { home: join(directory, "to") });
    await from.ask("start", { home: join(directory, "from") });
    await to.ask("join", { channel: CHANNEL });
    await from.ask("join", { channel: CHANNEL, at });
    const text = "m".repeat(TEXT_BYTES - 8);
    const send = (atATime: number, ms: number) => from.ask("send", { channel: CHANNEL, text, forMs: ms, atATime }, 2 * ms + 30_000);
    await send(BURST, forMs / 4); // warm-up
    const flushesMs = diskFlushesMs(directory, FLUSHES);
    const single = await send(1, forMs);
    flushesMs.push(...diskFlushesMs(directory, FLUSHES));
    const full = await send(FULL, forMs);
    const burst = await send(BURST, forMs);
    flushesMs.push(...diskFlushesMs(directory, FLUSHES));
    return durableFigures({ single, full, burst }, flushesMs);
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

function durableFigures({ single, full, burst }: Record<"single" | "full" | "burst", SentMany>, flushesMs: readonly number[]): Figure[] {
  const flushMs = median(flushesMs);
  const bothMs = 2 * flushMs;
  const p50 = median(single.roundTripsMs);
  const [rate, floor] = [rateOf(burst), 1_000 / flushMs];
  const failed = single.failed + full.failed + burst.failed;
  const near = `< ${SINGLE_GOAL_MS} ms above one flush`;
  return [
    { what: "one write and flush of that disk, p50", value: flushMs, unit: "ms" },
    { what: "one post, sent and delivered, p50", value: p50, unit: "ms", floor: bothMs, goal: near, met: p50 < flushMs + SINGLE_GOAL_MS },
    {
      what: "one post, sent and delivered, p99",
      value: percentile(single.roundTripsMs, 0.99),
      unit: "ms",
      floor: 2 * percentile(flushesMs, 0.99),
    },
    { what: "posts a second, each after the last, a signature each", value: rateOf(single), unit: "/s", floor: 1_000 / bothMs },
    { what: `posts a second, ${FULL} waiting`, value: rateOf(full), unit: "/s", floor },
    {
      what: `posts a second, ${BURST.toLocaleString("en")} waiting`,
      value: rate,
      unit: "/s",
      floor,
      goal: `>= ${BURST_GOAL.toLocaleString("en")}/s`,
      met: rate >= BURST_GOAL,
    },
    { what: "not delivered", value: failed, unit: "", goal: "0", met: failed === 0 },
  ];
}

function rateOf({ elapsedMs, roundTripsMs }: SentMany): number {
  return (1_000 * roundTripsMs.length) / elapsedMs;
}
