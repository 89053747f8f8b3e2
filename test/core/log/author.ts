/** Somebody who writes events, with a key and instances from a seed. */
import type { ChannelHash, Detail, Event, EventContent } from "../../../src/core/log/event.ts";
import { eventOf, signEvent } from "../../../src/core/log/event.ts";
import { toHex } from "../../../src/core/log/text-form.ts";
import { base32, type Ed25519KeyPair, openChannelHash } from "../../../src/crypto/index.ts";
import { sodiumCrypto as crypto } from "../../../src/crypto/sodium/index.ts";
import type { EventId, InstanceId, NodeId } from "../../../src/wire/index.ts";

export { crypto };

export const LOBBY = toHex(openChannelHash(crypto, "lobby")) as ChannelHash;

/** 2026-11-25, in microseconds. */
export const NOON = 1_795_600_000_000_000;

export interface Words {
  readonly kind?: string;
  readonly text?: string;
  readonly details?: readonly Detail[];
  readonly deps?: readonly EventId[];
  readonly hlc?: number;
  readonly channel?: ChannelHash;
}

/** The place at which the next event goes. */
export interface Tip {
  readonly seq: number;
  readonly id: EventId | null;
}

export class Author {
  readonly key: Ed25519KeyPair;
  readonly id: NodeId;
  inst: InstanceId;
  tip: Tip = { seq: 0, id: null };

  constructor(number: number) {
    this.key = crypto.ed25519KeyPair(Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 255));
    this.id = base32(this.key.publicKey) as NodeId;
    this.inst = number.toString(16).padStart(16, "0") as InstanceId;
  }

  /** The next event of the log, signed. */
  post(text: string, words: Words = {}): Event {
    return this.write({ ...words, text });
  }

  write(words: Words = {}): Event {
    return this.sign(this.draft(words));
  }

  /** The next event, without a signature. */
  draft(words: Words = {}): Event {
    const { seq, id } = this.tip;
    const event = made({
      channel: words.channel ?? LOBBY,
      author: this.id,
      inst: this.inst,
      seq: seq + 1,
      prev: id,
      deps: words.deps ?? [],
      hlc: words.hlc ?? NOON + 1_000_000 * (seq + 1),
      kind: words.kind ?? "post",
      text: words.text ?? "",
      details: words.details ?? [],
    });
    this.tip = { seq: seq + 1, id: event.id };
    return event;
  }

  /** `count` events of which the last carries the signature. */
  batch(count: number, words: Words = {}): Event[] {
    const events = Array.from({ length: count }, () => this.draft(words));
    return events.map((event, at) => (at === count - 1 ? this.sign(event) : event));
  }

  sign(event: Event): Event {
    return signEvent(crypto, event, this.key);
  }

  /** Begins an empty log, as after a restored backup. */
  begin(inst: number): this {
    this.inst = inst.toString(16).padStart(16, "0") as InstanceId;
    this.tip = { seq: 0, id: null };
    return this;
  }
}

export function made(content: EventContent): Event {
  const event = eventOf(crypto, content, null);
  if (typeof event === "string") throw new Error(event);
  return event;
}
