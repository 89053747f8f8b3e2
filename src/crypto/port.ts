/**
 * The primitives that the node computes with: synchronous, bytes in and bytes out, handed to the core at birth.
 * `sodium/` implements it over libsodium; a browser may bring its own.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
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
}

export interface Ed25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: seed and public key, as libsodium keeps it. */
  readonly secretKey: Uint8Array;
}

/** Fills with unpredictable bytes; seeded in tests and in the simulator. */
export type RandomBytes = (length: number) => Uint8Array;
