/** What ptpchat uses of sodium-native, which brings no types of its own. Every call throws on a wrong length. */
declare module "sodium-native" {
  interface Sodium {
    /** Writes the SHA-256 of `input` to `out` (32 bytes). */
    crypto_hash_sha256(out: Uint8Array, input: Uint8Array): void;
    /** Writes `publicKey` (32 bytes) and `secretKey` (64 bytes) made from `seed` (32 bytes). */
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    /** Writes a signature (64 bytes). */
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    /** Compares two arrays of equal length in constant time. */
    sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean;
    /** Fills `out` with unpredictable bytes. */
    randombytes_buf(out: Uint8Array): void;
  }
  const sodium: Sodium;
  export default sodium;
}
