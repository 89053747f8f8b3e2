/**
 * What an attacker has: keys of its own, and hands to write handshakes and frames with. It computes with the node's own
 * primitives, so what it writes is right to the byte wherever a test does not want it wrong. PROTOCOL.md §11, §12.
 */
import { decodeCredentials, encodeCredentials, signLink } from "../../../../src/core/session/credentials.ts";
import { NoiseXX, type X25519KeyPair } from "../../../../src/crypto/index.ts";
import { sodiumCrypto } from "../../../../src/crypto/sodium/index.ts";
import {
  type BodyOf,
  base64,
  decode,
  encode,
  FRAME_HEAD_BYTES,
  fromBase64,
  isFrame,
  PADDED_BYTES,
  PAYLOAD_BYTES_MAX,
  readFrameHead,
  TAG_BYTES,
  writeFrameHead,
} from "../../../../src/wire/index.ts";
import { Chance } from "../../../hostile/chance.ts";
import { identity } from "../full.ts";

export type First = NonNullable<BodyOf<"GETCERTIFICATE">["ptp"]>;
export type Later = NonNullable<BodyOf<"CERTIFICATE">["ptp"]>;

const NOTHING = new Uint8Array(0);
const WEEK_MS = 7 * 24 * 3_600_000;
/** What the clocks of the fake wire begin with. */
const CLOCK = 1_790_000_000_000;
const encoder = new TextEncoder();

/** What a test wants wrong in a message of the forger's. */
export interface Wrong {
  readonly suites?: readonly number[];
  /** What the prologue says was offered, where that is not what the message says. */
  readonly prologueSuites?: readonly number[];
  readonly ephemeral?: X25519KeyPair;
  readonly filled?: boolean;
}

/** A full node's keys in the hands of a script. */
export class Forger {
  readonly signingKey;
  readonly certificate: Uint8Array;
  /** Its X25519 key; a test may put another in its place. */
  link: X25519KeyPair;
  /** In place of the one that it would make. */
  linkSignature: Uint8Array | null = null;
  notAfter = CLOCK + WEEK_MS;
  clock = CLOCK;
  readonly #chance: Chance;

  constructor(seed: number) {
    const own = identity(seed, `forger ${seed}`);
    if (own.signingKey === null) throw new Error("a forger has a key");
    this.signingKey = own.signingKey;
    this.certificate = own.certificate;
    this.#chance = new Chance(seed);
    this.link = this.keyPair();
  }

  keyPair(): X25519KeyPair {
    return sodiumCrypto.x25519KeyPair(this.#chance.bytes(32));
  }

  index(): number {
    return this.#chance.below(2 ** 32);
  }

  credentials(index: number): Uint8Array {
    const linkSignature = this.linkSignature ?? signLink(sodiumCrypto, this.link.publicKey, this.notAfter, this.signingKey);
    const { notAfter, clock, certificate } = this;
    return encodeCredentials({ index, rendezvous: false, clock, notAfter, linkSignature, certificate });
  }

  /** Begins a handshake. */
  begin(wrong: Wrong = {}): Opening {
    return new Opening(this, this.index(), wrong);
  }

  /** Answers the first message that somebody sent. */
  answer(first: First): Answering {
    return new Answering(this, first);
  }
}

/** A handshake that the forger begins. */
export class Opening {
  readonly index: number;
  readonly first: First;
  readonly #by: Forger;
  readonly #noise: NoiseXX;

  constructor(by: Forger, index: number, { suites = [1], prologueSuites = suites, ephemeral = by.keyPair(), filled = true }: Wrong) {
    this.#by = by;
    this.index = index;
    this.#noise = new NoiseXX(sodiumCrypto, "initiator", prologueOf(prologueSuites, index), by.link, ephemeral);
    const bare: First = { v: 1, i: index, s: [...suites], n: base64(this.#noise.write(NOTHING)) };
    this.first = filled ? fill(bare) : bare;
  }

  /** Message 1; with a cookie where one was asked for. */
  bytes(cookie?: string): Uint8Array {
    return encode("GETCERTIFICATE", { ptp: cookie === undefined ? this.first : fill({ ...this.first, c: cookie, pad: undefined }) });
  }

  /** Reads message 2. Null when it is none for this handshake, or does not open. */
  read(second: Later): { remoteIndex: number; nodeKey: Uint8Array; link: Uint8Array } | null {
    const payload = second.n === undefined || second.to !== this.index ? null : this.#noise.read(fromBase64(second.n));
    const shown = payload === null ? null : decodeCredentials(payload);
    if (shown === null || this.#noise.remoteStatic === null) return null;
    return { remoteIndex: shown.index, nodeKey: shown.certificate.slice(5, 37), link: this.#noise.remoteStatic };
  }

  /** Message 3, and the keys that it brings about. */
  finish(remoteIndex: number): { third: Later; keys: ForgedSession } {
    const n = base64(this.#noise.write(this.#by.credentials(this.index)));
    const { send, receive } = this.#noise.finish();
    return { third: { v: 1, to: remoteIndex, n }, keys: new ForgedSession(this.index, remoteIndex, send, receive) };
  }
}

/** A handshake that the forger answers. */
export class Answering {
  readonly index: number;
  readonly second: Later;
  readonly #noise: NoiseXX;
  readonly #remoteIndex: number;

  constructor(by: Forger, first: First) {
    const { i = 0, s = [], n = "" } = first;
    this.index = by.index();
    this.#remoteIndex = i;
    this.#noise = new NoiseXX(sodiumCrypto, "responder", prologueOf(s, i), by.link, by.keyPair());
    this.#noise.read(fromBase64(n));
    this.second = { v: 1, to: i, n: base64(this.#noise.write(by.credentials(this.index))) };
  }

  /** Takes message 3; null when it does not open. */
  finish(third: Later): ForgedSession | null {
    if (third.n === undefined || this.#noise.read(fromBase64(third.n)) === null) return null;
    const { send, receive } = this.#noise.finish();
    return new ForgedSession(this.index, this.#remoteIndex, send, receive);
  }
}

/** Frames of one pair of keys, written and read by hand. */
export class ForgedSession {
  /** How the node under attack names these keys, and how the forger does. */
  readonly remoteIndex: number;
  readonly index: number;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  counter = 0;

  constructor(index: number, remoteIndex: number, send: Uint8Array, receive: Uint8Array) {
    this.index = index;
    this.remoteIndex = remoteIndex;
    this.send = send;
    this.receive = receive;
  }

  /** A frame with this payload; the counter goes on by itself. */
  frame(payload: Uint8Array, counter = this.counter++): Uint8Array {
    return sealFrame(this.send, this.remoteIndex, counter, payload);
  }

  /** The payload of a frame that came; null for anything else. */
  open(frame: Uint8Array): Uint8Array | null {
    const head = isFrame(frame) ? readFrameHead(frame) : null;
    if (head?.index !== this.index) return null;
    return sodiumCrypto.open(this.receive, head.counter, frame.subarray(0, FRAME_HEAD_BYTES), frame.subarray(FRAME_HEAD_BYTES));
  }
}

export function sealFrame(key: Uint8Array, index: number, counter: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + payload.length + TAG_BYTES);
  writeFrameHead(frame, index, counter);
  frame.set(sodiumCrypto.seal(key, counter, frame.subarray(0, FRAME_HEAD_BYTES), payload), FRAME_HEAD_BYTES);
  return frame;
}

/** A payload put together by the writers of wire: each writes at a place and says where it ended. */
export function payloadOf(...writers: ((into: Uint8Array, at: number) => number)[]): Uint8Array {
  const into = new Uint8Array(PAYLOAD_BYTES_MAX);
  let at = 0;
  for (const write of writers) at = write(into, at);
  return into.slice(0, at);
}

/** What a GETCERTIFICATE holds of a handshake; null for any other datagram. */
export function firstIn(bytes: Uint8Array): First | null {
  const decoded = decode(bytes);
  if (!decoded.ok || decoded.message.verb !== "GETCERTIFICATE") return null;
  const { ptp } = decoded.message.body;
  return ptp?.v === undefined ? null : ptp;
}

/** What a CERTIFICATE holds of a handshake; null for any other datagram. */
export function laterIn(bytes: Uint8Array): Later | null {
  const decoded = decode(bytes);
  if (!decoded.ok || decoded.message.verb !== "CERTIFICATE") return null;
  const { ptp } = decoded.message.body;
  return ptp?.v === undefined ? null : ptp;
}

export function laterBytes(later: Later): Uint8Array {
  return encode("CERTIFICATE", { ptp: later });
}

export function prologueOf(suites: readonly number[], index: number): Uint8Array {
  return encoder.encode(`ptpchat/1 ${suites.join(",")} ${index}`);
}

function fill(first: First): First {
  const missing = PADDED_BYTES - encode("GETCERTIFICATE", { ptp: { ...first, pad: "" } }).length;
  return { ...first, pad: "x".repeat(Math.max(0, missing)) };
}
