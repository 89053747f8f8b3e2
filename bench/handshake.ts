/**
 * Handshakes: CPU of each end with nothing else around, beside the curve operations that it cannot do without; and a crowd
 * of nodes that call one node at once, over real sockets.
 */

import { Node, type Output } from "../src/core/index.ts";
import { randomBytes, sodiumCrypto } from "../src/crypto/sodium/index.ts";
import type { Endpoint } from "../src/wire/index.ts";
import { Child } from "./child.ts";
import { costOf } from "./cost.ts";
import type { Bench, Figure } from "./figures.ts";
import { newConfig } from "./node-config.ts";
import type { CrowdProcess } from "./processes/crowd.ts";
import type { NodeProcess } from "./processes/node.ts";

const ANSWERER = "203.0.113.1:7667" as Endpoint;
/** Handshakes that a node answers in a second before it asks for cookies. */
const BATCH = 50;
const BATCH_MS = 1_000;
const CROWD_WITHIN_MS = 60_000;

export const benchHandshake: Bench = async ({ quick }) => {
  const batches = quick ? 4 : 12;
  const crowd = quick ? 200 : 1_000;
  return {
    name: "handshake",
    title: "from the first message until both ends have the session; floor: four X25519 and two Ed25519 checks",
    figures: [...aloneFigures(batches), ...(await crowdFigures(crowd))],
    notes: [
      `alone: ${batches * BATCH} handshakes between cores in one process, each with another node that has just been made; no sockets, no cookies`,
      "both ends make an ephemeral key, do three X25519, and check a link signature and a certificate; the one that begins also signs its link key",
      "crowd: all callers are in one process and share one address, so nearly all are asked for a cookie first; their sockets are open before",
    ],
  };
};

// ---- alone ----

interface Ends {
  beginsUs: number;
  answersUs: number;
}

function aloneFigures(batches: number): Figure[] {
  const answerer = new Node(newConfig(), 0);
  const spent: Ends = { beginsUs: 0, answersUs: 0 };
  for (let batch = 0; batch <= batches; batch++) {
    if (batch === 1) spent.beginsUs = spent.answersUs = 0; // the first one only warms up
    shakeHands(answerer, batch, spent);
  }
  const floor = curveUs();
  const [begins, answers] = [spent.beginsUs / (batches * BATCH), spent.answersUs / (batches * BATCH)];
  return [
    { what: "alone: CPU of the end that begins", value: begins, unit: "us", floor },
    { what: "alone: CPU of the end that answers", value: answers, unit: "us", floor },
    { what: "alone: handshakes a second, a core for each end", value: 1e6 / Math.max(begins, answers), unit: "/s", floor: 1e6 / floor },
  ];
}

/** Handshakes of new nodes with one that answers, leg by leg for all of them together. */
function shakeHands(answerer: Node, batch: number, spent: Ends): void {
  const now = batch * BATCH_MS;
  const callers = Array.from({ length: BATCH }, (_, at) => newCaller(batch, at, now));
  answerer.step(now, { kind: "wake" });
  let legs = callers.map(() => [] as Uint8Array[]);
  spent.beginsUs += cpuUs(() => {
    legs = callers.map(({ node }) => sentIn(node.step(now, { kind: "start" })));
  });
  while (legs.some((leg) => leg.length > 0)) {
    spent.answersUs += cpuUs(() => {
      legs = legs.map((leg, at) => leg.flatMap((bytes) => received(answerer, callers[at]?.endpoint as Endpoint, bytes, now)));
    });
    spent.beginsUs += cpuUs(() => {
      legs = legs.map((leg, at) => leg.flatMap((bytes) => received(callers[at]?.node as Node, ANSWERER, bytes, now)));
    });
  }
  const up = callers.filter(({ node }) => node.peers(now).some(({ kind }) => kind === "full")).length;
  if (up < BATCH) throw new Error(`${up} of ${BATCH} sessions are up`);
}

function newCaller(batch: number, at: number, now: number): { node: Node; endpoint: Endpoint } {
  return { node: new Node(newConfig([ANSWERER]), now), endpoint: `198.51.${batch}.${at + 1}:7667` as Endpoint };
}

function received(node: Node, from: Endpoint, bytes: Uint8Array, now: number): Uint8Array[] {
  return sentIn(node.step(now, { kind: "datagram", socket: 0, from, bytes }));
}

function sentIn(outputs: readonly Output[]): Uint8Array[] {
  return outputs.flatMap((output) => (output.kind === "send" ? [output.bytes] : []));
}

function cpuUs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** What each end does on curves, and nothing else. */
function curveUs(): number {
  const times = 500;
  const message = randomBytes(64);
  const signer = sodiumCrypto.ed25519KeyPair(randomBytes(32));
  const signature = sodiumCrypto.ed25519Sign(message, signer);
  const other = sodiumCrypto.x25519KeyPair(randomBytes(32));
  const once = () => {
    const own = sodiumCrypto.x25519KeyPair(randomBytes(32));
    for (let time = 0; time < 3; time++) sodiumCrypto.x25519(own.secretKey, other.publicKey);
    for (let time = 0; time < 2; time++) sodiumCrypto.ed25519Verify(signature, message, signer.publicKey);
  };
  const all = () => {
    for (let time = 0; time < times; time++) once();
  };
  all();
  return cpuUs(all) / times;
}

// ---- a crowd ----

async function crowdFigures(count: number): Promise<Figure[]> {
  const node = new Child<NodeProcess>("node.ts");
  const crowd = new Child<CrowdProcess>("crowd.ts");
  await crowd.ask("open", { count, to: await node.ask("start", { home: null, rendezvous: true }) }, CROWD_WITHIN_MS);
  const { result, fromCpuMs, toCpuMs } = await costOf(crowd, node, () =>
    crowd.ask("call", { withinMs: CROWD_WITHIN_MS / 2 }, CROWD_WITHIN_MS),
  );
  await Promise.all([node.end(), crowd.end()]);
  const name = `crowd of ${count.toLocaleString("en")}`;
  return [
    { what: `${name}: sessions that are up`, value: result.up, unit: "", goal: `${count}`, met: result.up === count },
    { what: `${name}: sessions a second`, value: (1_000 * result.up) / result.elapsedMs, unit: "/s" },
    { what: `${name}: CPU of the node that is called, a session`, value: (1_000 * toCpuMs) / count, unit: "us" },
    { what: `${name}: CPU of those that call, a session`, value: (1_000 * fromCpuMs) / count, unit: "us" },
  ];
}
