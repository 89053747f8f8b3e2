/** The CipherState and SymmetricState of Noise (revision 34, §5.1 and §5.2) with ChaCha20-Poly1305 and SHA-256. */
import { concat } from "./bytes.ts";
import type { Crypto } from "./port.ts";

const HASH_BYTES = 32;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

/** Arrays in here are replaced and never written to, so a copy may share them. */
export class SymmetricState {
  readonly #crypto: Crypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  /** None before the first `mixKey`: until then nothing is encrypted. */
  #key: Uint8Array | null = null;
  #counter = 0;

  private constructor(crypto: Crypto, chainingKey: Uint8Array, hash: Uint8Array) {
    this.#crypto = crypto;
    this.#chainingKey = chainingKey;
    this.#hash = hash;
  }

  /** InitializeSymmetric: a name longer than a hash goes in as its hash, a shorter one with zeros after it. */
  static begin(crypto: Crypto, protocolName: string): SymmetricState {
    const name = encoder.encode(protocolName);
    const hash = name.length > HASH_BYTES ? crypto.sha256(name) : concat(name, new Uint8Array(HASH_BYTES - name.length));
    return new SymmetricState(crypto, hash, hash);
  }

  copy(): SymmetricState {
    const copy = new SymmetricState(this.#crypto, this.#chainingKey, this.#hash);
    copy.#key = this.#key;
    copy.#counter = this.#counter;
    return copy;
  }

  /** Hash of all that was said so far, 32 bytes. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.sha256(concat(this.#hash, data));
  }

  mixKey(shared: Uint8Array): void {
    [this.#chainingKey, this.#key] = this.#derive(shared);
    this.#counter = 0;
  }

  /** EncryptAndHash. */
  seal(plaintext: Uint8Array): Uint8Array {
    const key = this.#key;
    const ciphertext = key === null ? plaintext : this.#crypto.seal(key, this.#counter++, this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** DecryptAndHash; null when the tag is wrong, and then this state is of no more use: work on a copy. */
  open(ciphertext: Uint8Array): Uint8Array | null {
    const key = this.#key;
    const plaintext = key === null ? ciphertext.slice() : this.#crypto.open(key, this.#counter++, this.#hash, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Split: the key of the initiator's messages, then that of the responder's. */
  split(): [Uint8Array, Uint8Array] {
    return this.#derive(EMPTY);
  }

  /** HKDF of Noise §4.3 with two outputs, which is that of RFC 5869 with an empty info. */
  #derive(input: Uint8Array): [Uint8Array, Uint8Array] {
    const both = this.#crypto.hkdfSha256(input, this.#chainingKey, EMPTY, 2 * HASH_BYTES);
    return [both.slice(0, HASH_BYTES), both.slice(HASH_BYTES)];
  }
}
