/**
 * Noise XX a second time, for the tests: other primitives and another shape, each message written out as the
 * specification's tables have it, so that a mistake in src/crypto is not made here again.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";

type Bytes = Uint8Array;

export class SecondNoise {
  h: Bytes;
  ck: Bytes;
  k: Bytes = new Uint8Array(0);
  n = 0n;
  re: Bytes = new Uint8Array(0);
  rs: Bytes = new Uint8Array(0);
  readonly s: Bytes;
  readonly e: Bytes;

  constructor(prologue: Bytes, staticSecret: Bytes, ephemeralSecret: Bytes) {
    this.s = staticSecret;
    this.e = ephemeralSecret;
    // The name has exactly HASHLEN bytes, so it is the first hash itself.
    this.h = new TextEncoder().encode("Noise_XX_25519_ChaChaPoly_SHA256");
    this.ck = this.h;
    this.mixHash(prologue);
  }

  writeFirst(payload: Bytes): Bytes {
    const e = x25519.getPublicKey(this.e);
    this.mixHash(e);
    this.mixHash(payload);
    return concatBytes(e, payload);
  }

  readFirst(message: Bytes): Bytes {
    this.re = message.slice(0, 32);
    this.mixHash(this.re);
    const payload = message.slice(32);
    this.mixHash(payload);
    return payload;
  }

  writeSecond(payload: Bytes): Bytes {
    const e = x25519.getPublicKey(this.e);
    this.mixHash(e);
    this.mixKey(x25519.getSharedSecret(this.e, this.re));
    const s = this.encryptAndHash(x25519.getPublicKey(this.s));
    this.mixKey(x25519.getSharedSecret(this.s, this.re));
    return concatBytes(e, s, this.encryptAndHash(payload));
  }

  readSecond(message: Bytes): Bytes {
    this.re = message.slice(0, 32);
    this.mixHash(this.re);
    this.mixKey(x25519.getSharedSecret(this.e, this.re));
    this.rs = this.decryptAndHash(message.slice(32, 80));
    this.mixKey(x25519.getSharedSecret(this.e, this.rs));
    return this.decryptAndHash(message.slice(80));
  }

  writeThird(payload: Bytes): Bytes {
    const s = this.encryptAndHash(x25519.getPublicKey(this.s));
    this.mixKey(x25519.getSharedSecret(this.s, this.re));
    return concatBytes(s, this.encryptAndHash(payload));
  }

  readThird(message: Bytes): Bytes {
    this.rs = this.decryptAndHash(message.slice(0, 48));
    this.mixKey(x25519.getSharedSecret(this.e, this.rs));
    return this.decryptAndHash(message.slice(48));
  }

  split(): [Bytes, Bytes] {
    return this.hkdf(new Uint8Array(0));
  }

  mixHash(data: Bytes): void {
    this.h = sha256(concatBytes(this.h, data));
  }

  mixKey(input: Bytes): void {
    [this.ck, this.k] = this.hkdf(input);
    this.n = 0n;
  }

  private hkdf(input: Bytes): [Bytes, Bytes] {
    const temporary = hmac(sha256, this.ck, input);
    const first = hmac(sha256, temporary, Uint8Array.of(1));
    return [first, hmac(sha256, temporary, concatBytes(first, Uint8Array.of(2)))];
  }

  encryptAndHash(plaintext: Bytes): Bytes {
    const ciphertext = chacha20poly1305(this.k, this.nonce(), this.h).encrypt(plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  private decryptAndHash(ciphertext: Bytes): Bytes {
    const plaintext = chacha20poly1305(this.k, this.nonce(), this.h).decrypt(ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  private nonce(): Bytes {
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, this.n++, true);
    return nonce;
  }
}
