/**
 * The primitives that the node computes with: synchronous, bytes in and bytes out, handed to the core at birth.
 * `sodium/` implements it over libsodium; a browser may bring its own.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** The same as 64 hex digits in lower case, for what is known by its hash. */
  sha256Hex(data: Uint8Array): string;
  /** SHA-512 (FIPS 180-4), 64 bytes. */
  sha512(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869): `length` bytes, at most 8,160. */
  hkdfSha256(input: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** True when both are equal; the time taken tells nothing about where they differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** Makes an Ed25519 key pair (RFC 8032) from a 32-byte seed. */
  ed25519KeyPair(seed: Uint8Array): Ed25519KeyPair;
  /** 64-byte Ed25519 signature. */
  ed25519Sign(message: Uint8Array, key: Ed25519KeyPair): Uint8Array;
  /** Strict: refuses small-order and non-canonical points and S >= L, the same on every platform. */
  ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /** Makes an X25519 key pair (RFC 7748) of a 32-byte secret. */
  x25519KeyPair(secret: Uint8Array): X25519KeyPair;
  /** 32-byte shared secret; null when it would be all zero (a point of small order) or the public key has no 32 bytes. */
  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
  /**
   * ChaCha20-Poly1305 (RFC 8439) with the nonce of Noise §12.3: 4 zero bytes, then `counter` as u64, little endian.
   * @param counter - a safe integer from 0 on, never used twice with one key; anything else is a RangeError
   * @returns ciphertext and 16-byte tag
   */
  seal(key: Uint8Array, counter: number, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `seal`; null when the tag is wrong or missing, or `counter` is none that `seal` takes. */
  open(key: Uint8Array, counter: number, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
  /**
   * `seal` into the caller's buffer.
   * @param out - exactly `plaintext.length + AEAD_TAG_BYTES` bytes; may share its start with `plaintext`, not overlap otherwise
   */
  sealInto(out: Uint8Array, key: Uint8Array, counter: number, ad: Uint8Array, plaintext: Uint8Array): void;
  /**
   * `open` into the caller's buffer.
   * @param out - `ciphertext.length - AEAD_TAG_BYTES` bytes; may share its start with `ciphertext`; all zero after a wrong tag
   * @returns false when `open` would give null
   */
  openInto(out: Uint8Array, key: Uint8Array, counter: number, ad: Uint8Array, ciphertext: Uint8Array): boolean;
  /** ChaCha20-Poly1305 (RFC 8439) with a 12-byte nonce, never used twice with one key: ciphertext and 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `aeadSeal`; null when the tag is wrong or missing, or the nonce has no 12 bytes. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
}

/** Bytes by which ChaCha20-Poly1305 makes a plaintext longer. */
export const AEAD_TAG_BYTES = 16;

export interface X25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly secretKey: Uint8Array;
}

export interface Ed25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: seed and public key, as libsodium keeps it. */
  readonly secretKey: Uint8Array;
}

/** Fills with unpredictable bytes; seeded in tests and in the simulator. */
export type RandomBytes = (length: number) => Uint8Array;
