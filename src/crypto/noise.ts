/**
 * The handshake `Noise_XX_25519_ChaChaPoly_SHA256` (Noise revision 34, §5.3 and §7.5). Three messages:
 *
 *   initiator -> responder   e                payload in the clear
 *   responder -> initiator   e, ee, s, es     payload encrypted, to whoever holds the initiator's e
 *   initiator -> responder   s, se            payload encrypted, to the responder alone
 *
 * Both sides then know each other's static key and hold a key for each direction. Nothing here draws random bytes or
 * keeps time: the same keys and messages give the same bytes.
 */
import { concat } from "./bytes.ts";
import type { Crypto, X25519KeyPair } from "./port.ts";
import { SymmetricState } from "./symmetric-state.ts";

export type NoiseRole = "initiator" | "responder";

export interface NoiseKeys {
  /** 32 bytes: seals what this side sends, from counter 0. */
  readonly send: Uint8Array;
  /** 32 bytes: opens what the other side sends. */
  readonly receive: Uint8Array;
  /** 32 bytes, the same on both sides and in no other handshake: what to sign to bind something to this one. */
  readonly hash: Uint8Array;
}

type Token = "e" | "s" | "ee" | "es" | "se";

const MESSAGES: readonly { readonly from: NoiseRole; readonly tokens: readonly Token[] }[] = [
  { from: "initiator", tokens: ["e"] },
  { from: "responder", tokens: ["e", "ee", "s", "es"] },
  { from: "initiator", tokens: ["s", "se"] },
];

const PROTOCOL_NAME = "Noise_XX_25519_ChaChaPoly_SHA256";
const KEY_BYTES = 32;
const SEALED_KEY_BYTES = KEY_BYTES + 16;
/** Noise §3: no message is longer. */
const MESSAGE_BYTES_MAX = 65_535;

/** All that a message changes. */
interface State {
  readonly symmetric: SymmetricState;
  /** Messages written and read so far. */
  done: number;
  remoteEphemeral: Uint8Array | null;
  /** Of the two ephemeral keys; worked out when the other's comes, so that a bad one is refused at once. */
  ee: Uint8Array | null;
  remoteStatic: Uint8Array | null;
}

export class NoiseXX {
  readonly #crypto: Crypto;
  readonly #role: NoiseRole;
  readonly #static: X25519KeyPair;
  readonly #ephemeral: X25519KeyPair;
  #state: State;

  /**
   * @param prologue - what both sides must already agree on; with another one the second message is refused
   * @param ephemeral - a pair made for this handshake and no other
   */
  constructor(crypto: Crypto, role: NoiseRole, prologue: Uint8Array, staticKey: X25519KeyPair, ephemeral: X25519KeyPair) {
    this.#crypto = crypto;
    this.#role = role;
    this.#static = staticKey;
    this.#ephemeral = ephemeral;
    const symmetric = SymmetricState.begin(crypto, PROTOCOL_NAME);
    symmetric.mixHash(prologue);
    this.#state = { symmetric, done: 0, remoteEphemeral: null, ee: null, remoteStatic: null };
  }

  /** The other side's static key, 32 bytes: the initiator has it after the second message, the responder after the third. */
  get remoteStatic(): Uint8Array | null {
    return this.#state.remoteStatic;
  }

  /**
   * The message of this side's turn.
   * @throws Error when it is the other side's turn, or the message would be longer than 65,535 bytes
   */
  write(payload: Uint8Array): Uint8Array {
    const turn = MESSAGES[this.#state.done];
    if (turn?.from !== this.#role) throw new Error(`it is not the ${this.#role}'s turn`);
    const next = this.#next();
    const parts = turn.tokens.map((token) => this.#writeToken(next, token));
    const message = concat(...parts, next.symmetric.seal(payload));
    if (message.length > MESSAGE_BYTES_MAX) throw new Error(`a message of ${message.length} bytes is too long`);
    this.#state = next;
    return message;
  }

  /**
   * Takes the other side's message. One that is not valid changes nothing: the handshake stands where it stood and takes
   * the next attempt, so whoever can only forge or repeat messages cannot end it. The caller bounds the attempts.
   * @returns its payload; null when the message is not valid, or it is not the other side's turn
   */
  read(message: Uint8Array): Uint8Array | null {
    const turn = MESSAGES[this.#state.done];
    if (turn === undefined || turn.from === this.#role || message.length > MESSAGE_BYTES_MAX) return null;
    const next = this.#next();
    let rest: Uint8Array | null = message;
    for (const token of turn.tokens) {
      rest = this.#readToken(next, token, rest);
      if (rest === null) return null;
    }
    const payload = next.symmetric.open(rest);
    if (payload !== null) this.#state = next;
    return payload;
  }

  /**
   * The keys of both directions.
   * @throws Error before the third message
   */
  finish(): NoiseKeys {
    const { symmetric, done } = this.#state;
    if (done < MESSAGES.length) throw new Error("the handshake is not done");
    const [initiator, responder] = symmetric.split();
    const hash = symmetric.hash.slice();
    return this.#role === "initiator" ? { send: initiator, receive: responder, hash } : { send: responder, receive: initiator, hash };
  }

  /** What the state becomes if the message at hand turns out right. */
  #next(): State {
    return { ...this.#state, symmetric: this.#state.symmetric.copy(), done: this.#state.done + 1 };
  }

  /** The bytes that `token` puts into the message. */
  #writeToken(next: State, token: Token): Uint8Array {
    switch (token) {
      case "e":
        next.symmetric.mixHash(this.#ephemeral.publicKey);
        return this.#ephemeral.publicKey;
      case "s":
        return next.symmetric.seal(this.#static.publicKey);
      default:
        // The other side's ephemeral key gave a secret when it came, so it does with any of our keys.
        if (!this.#mixShared(next, token)) throw new Error(`no shared secret for ${token}`);
        return new Uint8Array(0);
    }
  }

  /** What is left of the message behind what `token` takes from it; null when that is not valid. */
  #readToken(next: State, token: Token, message: Uint8Array): Uint8Array | null {
    switch (token) {
      case "e":
        return this.#readEphemeral(next, message);
      case "s":
        return this.#readStatic(next, message);
      default:
        return this.#mixShared(next, token) ? message : null;
    }
  }

  #readEphemeral(next: State, message: Uint8Array): Uint8Array | null {
    const key = message.slice(0, KEY_BYTES);
    next.remoteEphemeral = key;
    next.ee = this.#crypto.x25519(this.#ephemeral.secretKey, key);
    if (next.ee === null) return null;
    next.symmetric.mixHash(key);
    return message.subarray(KEY_BYTES);
  }

  #readStatic(next: State, message: Uint8Array): Uint8Array | null {
    next.remoteStatic = next.symmetric.open(message.subarray(0, SEALED_KEY_BYTES));
    return next.remoteStatic === null ? null : message.subarray(SEALED_KEY_BYTES);
  }

  /** False when the keys that `token` names give no shared secret. */
  #mixShared(next: State, token: "ee" | "es" | "se"): boolean {
    const shared = token === "ee" ? next.ee : this.#shared(next, token);
    if (shared !== null) next.symmetric.mixKey(shared);
    return shared !== null;
  }

  /** The first letter of `token` is the initiator's key, the second the responder's: e or s. */
  #shared(next: State, token: "es" | "se"): Uint8Array | null {
    const ownIsEphemeral = (token === "es") === (this.#role === "initiator");
    const own = ownIsEphemeral ? this.#ephemeral : this.#static;
    const remote = ownIsEphemeral ? next.remoteStatic : next.remoteEphemeral;
    return remote === null ? null : this.#crypto.x25519(own.secretKey, remote);
  }
}
