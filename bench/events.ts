/**
 * Signed events: what it costs one core to write, prove and place them, and what a channel remembers of many. The floors
 * are libsodium's own signature and SHA-256 over as many bytes.
 */

import { openHash } from "../src/core/log/channel-hash.ts";
import { ChannelLog } from "../src/core/log/channel-log.ts";
import type { ChannelHash, Event } from "../src/core/log/event.ts";
import { eventOf, signEvent, signedEventBytes } from "../src/core/log/event.ts";
import { channelGuid, eventBody, readEvent } from "../src/core/log/event-message.ts";
import type { EventReader } from "../src/core/log/event-store.ts";
import { base32 } from "../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../src/crypto/sodium/index.ts";
import { decode, type EventId, encode, type InstanceId, type NodeId } from "../src/wire/index.ts";
import type { Bench, Figure } from "./figures.ts";

const TEXT = "x".repeat(200);
const BATCH = 100;
const BURST_GOAL = 30_000;
const SINGLE_GOAL = 5_000;
const SYNC_GOAL = 20_000;

const key = crypto.ed25519KeyPair(new Uint8Array(32).fill(1));
const author = base32(key.publicKey) as NodeId;
const channel: ChannelHash = openHash(crypto, "bench");
const channelId = channelGuid(channel);
const nothingStored: EventReader = {
  branchOf: () => null,
  event: () => null,
  range: () => [],
  statementsBy: () => [],
  meant: () => null,
  effectsOn: () => [],
  isTouched: () => false,
  latest: () => [],
};

export const benchEvents: Bench = async ({ quick }) => {
  const count = quick ? 5_000 : 50_000;
  const singles = count / 10;
  warmUp();
  const written = chain(count, BATCH);
  const batches = timed(() => chain(count, BATCH).map(datagramOf).length);
  const each = timed(() => chain(singles, 1).map(datagramOf).length);
  const inBatches = written.map(datagramOf);
  const signed = chain(singles, 1).map(datagramOf);
  const backwards = chain(count, 1).map(datagramOf).reverse();
  const bytes = signedEventBytes(written[0] as Event).slice();
  const hash = timed(() => repeat(count, () => crypto.sha256(bytes)));
  const signature = crypto.ed25519Sign(bytes, key);
  const verify = timed(() => repeat(singles, () => crypto.ed25519Verify(signature, bytes, key.publicKey)));
  const sign = timed(() => repeat(singles, () => crypto.ed25519Sign(bytes, key)));
  const figures: Figure[] = [
    rate("written, signed one by one, encoded", each, sign),
    rate(`written, one signature for ${BATCH}, encoded`, batches, hash),
    rate(
      "read, proved and placed, a signature each",
      timed(() => taken(signed)),
      verify,
      SINGLE_GOAL,
    ),
    rate(
      `read, proved and placed, one signature for ${BATCH}`,
      timed(() => taken(inBatches)),
      hash,
      BURST_GOAL,
    ),
    rate(
      "read, proved and placed, backwards as in a sync",
      timed(() => taken(backwards)),
      hash,
      SYNC_GOAL,
    ),
    { what: "one event of 200 bytes of text, signed", value: (signed[1] as Uint8Array).length, unit: "bytes of JSON" },
    { what: "the same within a batch", value: (inBatches[1] as Uint8Array).length, unit: "bytes of JSON" },
    { what: "kept in memory of 100,000 events of one log", value: remembered(100_000), unit: "bytes of log row" },
  ];
  return {
    name: "events",
    title: "signed events of 200 bytes of text, one core, from JSON to a place in the log, nothing stored",
    figures,
    notes: ["floors: libsodium's sign, verify or SHA-256 alone over the same bytes, as many"],
  };
};

interface Timed {
  readonly count: number;
  readonly ms: number;
}

function timed(work: () => number): Timed {
  const begun = performance.now();
  const count = work();
  return { count, ms: performance.now() - begun };
}

function rate(what: string, run: Timed, floor: Timed, goal?: number): Figure {
  const value = perSecond(run);
  const reached = goal === undefined ? {} : { goal: `>= ${goal.toLocaleString("en")}/s`, met: value >= goal };
  return { what, value, unit: "/s", floor: perSecond(floor), ...reached };
}

function perSecond({ count, ms }: Timed): number {
  return (1_000 * count) / ms;
}

function repeat(count: number, work: () => unknown): number {
  for (let at = 0; at < count; at++) work();
  return count;
}

/** A log of `count` posts, every `every`th of them signed. */
function chain(count: number, every: number): Event[] {
  const events: Event[] = [];
  let prev: EventId | null = null;
  for (let seq = 1; seq <= count; seq++) {
    const place = { channel, author, inst: "00000000000000be" as InstanceId, seq, prev, deps: [], hlc: 1_795_600_000_000_000 + seq };
    const event = eventOf(crypto, { ...place, kind: "post", text: TEXT, details: [] }, null);
    if (typeof event === "string") throw new Error(event);
    prev = event.id;
    events.push(seq % every === 0 ? signEvent(crypto, event, key) : event);
  }
  return events;
}

function datagramOf(event: Event): Uint8Array {
  return encode("MESSAGE", eventBody(event, channelId));
}

/** Takes datagrams as a node does, up to the disk. */
function taken(datagrams: readonly Uint8Array[]): number {
  const log = new ChannelLog(channel, crypto, nothingStored);
  let accepted = 0;
  for (const bytes of datagrams) {
    const decoded = decode(bytes);
    if (!decoded.ok || decoded.message.verb !== "MESSAGE") throw new Error("no MESSAGE");
    const event = readEvent(crypto, decoded.message.body, channel);
    if (typeof event === "string") throw new Error(event);
    const receipt = log.receive(event, "a neighbour");
    if (receipt.kind !== "accepted") continue;
    accepted += receipt.accepted.length;
    log.takeChanged();
    log.settle(receipt.mark);
  }
  if (accepted !== datagrams.length) throw new Error(`${accepted} of ${datagrams.length} were taken`);
  return accepted;
}

function remembered(count: number): number {
  const log = new ChannelLog(channel, crypto, nothingStored);
  for (const event of chain(count, BATCH)) {
    const receipt = log.receive(event, "a neighbour");
    if (receipt.kind === "accepted") log.settle(receipt.mark);
  }
  return JSON.stringify(log.takeChanged()).length;
}

function warmUp(): void {
  taken(chain(2_000, BATCH).map(datagramOf));
  taken(chain(1_000, 1).map(datagramOf).reverse());
}
