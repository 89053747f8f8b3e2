/** A core under attack, in process: its time is the attacker's, its disk and its sockets always answer. */
import { type Input, type Instant, Node, type Output } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import type { Endpoint, Guid } from "../../src/wire/index.ts";
import { FakeCertificates, fakeCertificate } from "../core/fake-certificates.ts";
import { Chance } from "./chance.ts";
import { hostile, spoofed, TARGET_CHANNEL } from "./generator.ts";

/** Virtual ms between two datagrams: 20,000 a second. */
const GAP_MS = 0.05;
const PUBLIC_KEY = new Uint8Array(32).fill(7);

export class Target {
  readonly node: Node;
  readonly kinds = new Map<string, number>();
  now: Instant = 0;
  played = 0;
  /** Sockets that the node has open, beyond the listening one. */
  readonly sockets = new Set<number>();
  readonly #chance: Chance;
  readonly #inputs: Input[] = [];
  #nextPort = 40_000;

  constructor(seed: number) {
    const chance = new Chance(seed + 1);
    this.#chance = new Chance(seed);
    this.node = new Node({
      publicKey: PUBLIC_KEY,
      certificate: fakeCertificate(PUBLIC_KEY, "n".repeat(263)),
      signingKey: null,
      certificates: new FakeCertificates(),
      peers: ["192.0.2.1:7667" as Endpoint],
      compatNodeId: false,
      rendezvous: false,
      epoch: 1_790_000_000_000,
      restored: { channels: [{ id: TARGET_CHANNEL as Guid, name: "lobby", mode: "bare", joinedAt: 0 }], members: [], logs: [], recent: [] },
      crypto: sodiumCrypto,
      random: (length) => chance.bytes(length),
    });
    this.#step({ kind: "start" });
  }

  /** Plays so many hostile datagrams. */
  play(count: number): void {
    for (let n = 0; n < count; n++) {
      this.now += GAP_MS;
      if (this.node.wakeAt <= this.now) this.#step({ kind: "wake" });
      const { kind, bytes } = hostile(this.#chance);
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
      const socket = this.sockets.size > 0 && this.#chance.below(20) === 0 ? this.#chance.pick([...this.sockets]) : 0;
      this.#step({ kind: "datagram", socket, from: spoofed(this.#chance), bytes });
      this.played++;
    }
  }

  /** Lets time pass without a datagram. */
  rest(ms: number): void {
    const end = this.now + ms;
    while (this.node.wakeAt <= end) {
      this.now = Math.max(this.now, this.node.wakeAt);
      this.#step({ kind: "wake" });
    }
    this.now = end;
  }

  #step(input: Input): void {
    this.#inputs.push(input);
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      for (const output of this.node.step(this.now, next)) this.#answer(output);
    }
  }

  #answer(output: Output): void {
    if (output.kind === "save") this.#inputs.push({ kind: "saved", batch: output.batch });
    else if (output.kind === "close") this.sockets.delete(output.socket);
    else if (output.kind === "open") {
      this.sockets.add(output.socket);
      this.#inputs.push({ kind: "socket-opened", socket: output.socket, port: this.#nextPort++ });
    }
  }
}
