/** A core under attack, in process: its time is the attacker's, its disk and its sockets always answer. */
import { type Input, type Instant, Node, type Output } from "../../src/core/index.ts";
import type { Endpoint, Guid } from "../../src/wire/index.ts";
import { fakeCertificate } from "../core/fake-certificates.ts";
import { Chance } from "./chance.ts";
import { hostile, spoilt, spoofed, TARGET_CHANNEL } from "./generator.ts";
import { configOf, Partner, TARGET } from "./partners.ts";

/** Virtual ms between two datagrams: 20,000 a second. */
const GAP_MS = 0.05;
const PUBLIC_KEY = new Uint8Array(32).fill(7);
/** Datagrams of the partners that the attacker has seen and keeps. */
const SEEN_MAX = 256;

export class Target {
  readonly node: Node;
  /** Nodes that hold sessions with it. */
  readonly partners: Partner[] = [];
  /** Texts that the node was shown, those of the storm left out. */
  readonly shown: string[] = [];
  readonly kinds = new Map<string, number>();
  now: Instant = 0;
  played = 0;
  /** Sockets that the node has open, beyond the listening one. */
  readonly sockets = new Set<number>();
  readonly #chance: Chance;
  readonly #inputs: Input[] = [];
  readonly #seen: { readonly from: Endpoint; readonly bytes: Uint8Array }[] = [];
  #nextPort = 40_000;

  /** @param partners - how many nodes talk with it in sessions; without any it is a node that holds none */
  constructor(seed: number, partners = 0) {
    this.#chance = new Chance(seed);
    const config = configOf(seed + 1, 7, ["192.0.2.1:7667" as Endpoint]);
    const bare = { ...config, signingKey: null, publicKey: PUBLIC_KEY, certificate: fakeCertificate(PUBLIC_KEY, "n".repeat(263)) };
    this.node = new Node(partners === 0 ? bare : config);
    this.#step({ kind: "start" });
    for (let number = 0; number < partners; number++) {
      const partner: Partner = new Partner(number, this.now, (bytes) => this.#arrives(`192.0.2.${10 + number}:7667` as Endpoint, bytes));
      this.partners.push(partner);
      this.rest(300); // the handshakes that are free in a second are few
    }
  }

  /** The node says something to everybody in the channel. */
  post(text: string): void {
    this.#step({ kind: "command", command: { kind: "post", id: this.#chance.hex(32), channelId: TARGET_CHANNEL as Guid, text } });
  }

  /** Plays so many hostile datagrams. */
  play(count: number): void {
    for (let n = 0; n < count; n++) {
      this.now += GAP_MS;
      this.#tend();
      const { kind, bytes, from } = this.#next();
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
      const socket = this.sockets.size > 0 && this.#chance.below(20) === 0 ? this.#chance.pick([...this.sockets]) : 0;
      this.#step({ kind: "datagram", socket, from, bytes });
      this.played++;
    }
  }

  /** Lets time pass without a datagram of the storm. */
  rest(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const at = Math.min(this.node.wakeAt, ...this.partners.map((partner) => partner.node.wakeAt));
      if (at > end) break;
      this.now = Math.max(this.now, at);
      this.#tend();
    }
    this.now = end;
  }

  /** What the storm sends, and from where: much of it in a partner's name, or taken from what partners sent. */
  #next(): { kind: string; bytes: Uint8Array; from: Endpoint } {
    const chance = this.#chance;
    if (this.partners.length === 0) return { ...hostile(chance), from: spoofed(chance) };
    const partner = chance.pick(this.partners).at;
    if (this.#seen.length === 0 || chance.below(4) > 0)
      return { ...hostile(chance), from: chance.below(4) === 0 ? partner : spoofed(chance) };
    const { from, bytes } = chance.pick(this.#seen);
    return { ...spoilt(chance, bytes), from: chance.below(2) === 0 ? from : chance.pick([partner, spoofed(chance)]) };
  }

  #tend(): void {
    if (this.node.wakeAt <= this.now) this.#step({ kind: "wake" });
    for (const partner of this.partners) partner.tend(this.now);
  }

  /** A datagram of a partner's. */
  #arrives(from: Endpoint, bytes: Uint8Array): void {
    if (this.#seen.length < SEEN_MAX) this.#seen.push({ from, bytes });
    else this.#seen[this.#chance.below(SEEN_MAX)] = { from, bytes };
    this.#step({ kind: "datagram", socket: 0, from, bytes });
  }

  #step(input: Input): void {
    this.#inputs.push(input);
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      for (const output of this.node.step(this.now, next)) this.#answer(output);
    }
  }

  #answer(output: Output): void {
    if (output.kind === "send")
      this.partners.find(({ at }) => at === output.to)?.step(this.now, { kind: "datagram", socket: 0, from: TARGET, bytes: output.bytes });
    if (output.kind === "event" && output.event.type === "post" && output.event.verified) this.shown.push(output.event.text);
    if (output.kind === "save") this.#inputs.push({ kind: "saved", batch: output.batch });
    else if (output.kind === "close") this.sockets.delete(output.socket);
    else if (output.kind === "open") {
      this.sockets.add(output.socket);
      this.#inputs.push({ kind: "socket-opened", socket: output.socket, port: this.#nextPort++ });
    }
  }
}
