/** A program of somebody else's with keys of its own, in a session with one node: it says what it likes. */
import { signList } from "../../../src/core/routing/neighbour-list.ts";
import { base32 } from "../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../src/crypto/sodium/index.ts";
import {
  type BodyOf,
  decode,
  type Message,
  type NodeId,
  RECORD_HEAD,
  u16At,
  writeHello,
  writeLoose,
  writeMessage,
} from "../../../src/wire/index.ts";
import { join, say } from "../said.ts";
import { intrude } from "../session/attacks/attack.ts";
import { type ForgedSession, Forger, payloadOf } from "../session/attacks/forger.ts";
import type { Host, World } from "../world.ts";

const encoder = new TextEncoder();

export class Insider {
  readonly id: NodeId;
  readonly host: Host;
  readonly #at: Host;
  readonly #forger: Forger;
  readonly #keys: ForgedSession;
  #seq = 0;

  constructor(world: World, place: string, at: Host, seed: number) {
    this.#forger = new Forger(seed);
    this.id = base32(this.#forger.signingKey.publicKey) as NodeId;
    this.host = world.bare(place as never);
    this.#at = at;
    this.#keys = intrude(world, this.host, at, this.#forger);
  }

  say(message: object): void {
    const bytes = encoder.encode(JSON.stringify(message));
    this.#frame((into, at) => writeMessage(into, at, 0, this.#seq++, bytes));
  }

  /** A message that need be no JSON, on a stream of its choice. */
  sayBytes(bytes: Uint8Array, stream: number, seq: number): void {
    this.#frame((into, at) => writeMessage(into, at, stream, seq, bytes));
  }

  loose(message: object): void {
    this.#frame((into, at) => writeLoose(into, at, encoder.encode(JSON.stringify(message))));
  }

  /** Shows that it is there. */
  hello(): void {
    this.#frame(writeHello);
  }

  /** Becomes a member of the channel that all are in. */
  enter(): this {
    this.say(join());
    return this;
  }

  list(seq: number, nb: readonly string[]) {
    return signList(sodiumCrypto, this.#forger.signingKey, this.id, seq, nb as NodeId[]);
  }

  says(list: object): void {
    this.say(say("ROUTING", { ptp: list }));
  }

  /** Messages of one verb that the node said to it in one piece. */
  heard<V extends Message["verb"]>(verb: V): BodyOf<V>[] {
    return this.host.inbox.flatMap(({ bytes }) =>
      messagesIn(this.#keys.open(bytes) ?? new Uint8Array(0)).flatMap((each) => {
        const decoded = decode(each);
        return decoded.ok && decoded.message.verb === verb ? [decoded.message.body as unknown as BodyOf<V>] : [];
      }),
    );
  }

  #frame(writer: (into: Uint8Array, at: number) => number): void {
    this.#at.step({ kind: "datagram", socket: 0, from: this.host.endpoint, bytes: this.#keys.frame(payloadOf(writer)) });
  }
}

const MESSAGE = 1;
const LOOSE = 7;

function messagesIn(payload: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + RECORD_HEAD <= payload.length; ) {
    const end = at + RECORD_HEAD + u16At(payload, at + 1);
    if (payload[at] === MESSAGE) found.push(payload.slice(at + RECORD_HEAD + 5, end));
    if (payload[at] === LOOSE) found.push(payload.slice(at + RECORD_HEAD, end));
    at = end;
  }
  return found;
}
