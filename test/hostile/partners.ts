/** Nodes that hold sessions with the one under attack, and talk with it all the while. */
import { type Input, type Instant, NO_CONTACTS, NOBODY_QUIET, Node, type NodeConfig, type Output } from "../../src/core/index.ts";
import { EventShelf } from "../../src/core/log/event-shelf.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import type { Endpoint, Guid } from "../../src/wire/index.ts";
import { FakeCertificates, fakeCertificate } from "../core/fake-certificates.ts";
import { Chance } from "./chance.ts";
import { TARGET_CHANNEL } from "./generator.ts";

/** Where the node under attack is. */
export const TARGET = "198.51.100.1:7667" as Endpoint;
/** Every partner and the node say something this often, in virtual ms. */
const TALK_MS = 400;

export function configOf(seed: number, key: number, peers: readonly Endpoint[]): NodeConfig {
  const chance = new Chance(seed);
  const signingKey = sodiumCrypto.ed25519KeyPair(new Uint8Array(32).fill(key));
  return {
    publicKey: signingKey.publicKey,
    signingKey,
    certificate: fakeCertificate(signingKey.publicKey, "n".repeat(263)),
    certificates: new FakeCertificates(),
    peers,
    compatNodeId: false,
    rendezvous: false,
    epoch: 1_790_000_000_000,
    restored: { channels: [{ id: TARGET_CHANNEL as Guid, name: "lobby", mode: "bare", joinedAt: 0 }], members: [], logs: [], recent: [] },
    events: new EventShelf(),
    quiet: NOBODY_QUIET,
    contacts: NO_CONTACTS,
    crypto: sodiumCrypto,
    random: (length) => chance.bytes(length),
  };
}

/** One of them; its datagrams are handed over by whoever plays the network. */
export class Partner {
  readonly at: Endpoint;
  readonly node: Node;
  /** Texts that it was shown, in their order. */
  readonly shown: string[] = [];
  said = 0;
  /** Nodes that it holds sessions with, and how many of those ended. */
  readonly holds = new Set<string>();
  ended = 0;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #chance: Chance;
  #talksAt: Instant;

  constructor(number: number, now: Instant, send: (bytes: Uint8Array) => void) {
    this.at = `192.0.2.${10 + number}:7667` as Endpoint;
    this.node = new Node(configOf(1_000 + number, 100 + number, [TARGET]), now);
    this.#send = send;
    this.#chance = new Chance(2_000 + number);
    this.#talksAt = now + TALK_MS + number;
    this.step(now, { kind: "start" });
  }

  step(now: Instant, input: Input): void {
    for (const output of this.node.step(now, input)) this.#carryOut(now, output);
  }

  /** Does what is due: wakes, and says something. */
  tend(now: Instant): void {
    if (this.node.wakeAt <= now) this.step(now, { kind: "wake" });
    if (now < this.#talksAt) return;
    this.#talksAt = now + TALK_MS;
    this.post(now, `${this.at} ${++this.said}`);
  }

  post(now: Instant, text: string): void {
    this.step(now, { kind: "command", command: { kind: "post", id: this.#chance.hex(32), channelId: TARGET_CHANNEL as Guid, text } });
  }

  #carryOut(now: Instant, output: Output): void {
    if (output.kind === "send" && output.to === TARGET) this.#send(output.bytes);
    else if (output.kind === "save") this.step(now, { kind: "saved", batch: output.batch });
    else if (output.kind === "event" && output.event.type === "post" && !output.event.own) this.shown.push(output.event.text);
    else if (output.kind === "event" && output.event.type === "session-up") this.holds.add(output.event.peer);
    else if (output.kind === "event" && output.event.type === "session-down") this.ended++;
  }
}
