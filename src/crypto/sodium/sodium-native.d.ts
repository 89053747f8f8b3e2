/** What ptpchat uses of sodium-native, which brings no types of its own. Every call throws on a wrong length. */
declare module "sodium-native" {
  interface Sodium {
    /** Writes `publicKey` (32 bytes) and `secretKey` (64 bytes) made from `seed` (32 bytes). */
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    /** Writes a signature (64 bytes). */
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    /** Writes the X25519 public key (32 bytes) of `secretKey` (32 bytes). */
    crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
    /** Writes the X25519 shared secret (32 bytes); throws when it would be all zero. */
    crypto_scalarmult(shared: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void;
    /** Writes ciphertext and tag (plaintext and 16 bytes) and returns their length; nonce 12 bytes, key 32. */
    crypto_aead_chacha20poly1305_ietf_encrypt(
      out: Uint8Array,
      plaintext: Uint8Array,
      ad: Uint8Array,
      unused: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** Writes the plaintext (ciphertext less 16 bytes) and returns its length; throws when the tag is wrong. */
    crypto_aead_chacha20poly1305_ietf_decrypt(
      out: Uint8Array,
      unused: null,
      ciphertext: Uint8Array,
      ad: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** Writes `data` with the key stream of ChaCha20 from block `counter` on; nonce 12 bytes, key 32. */
    crypto_stream_chacha20_ietf_xor_ic(out: Uint8Array, data: Uint8Array, nonce: Uint8Array, counter: number, key: Uint8Array): void;
    /** Writes the Poly1305 tag (16 bytes); key 32 bytes. */
    crypto_onetimeauth(tag: Uint8Array, data: Uint8Array, key: Uint8Array): void;
    /** Bytes of the state of a stream. */
    readonly crypto_secretstream_xchacha20poly1305_STATEBYTES: number;
    readonly crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: number;
    readonly crypto_secretstream_xchacha20poly1305_TAG_FINAL: number;
    /** Begins a stream under `key` (32 bytes): writes its state and its header (24 bytes). */
    crypto_secretstream_xchacha20poly1305_init_push(state: Uint8Array, header: Uint8Array, key: Uint8Array): void;
    /** Writes `message` sealed (17 bytes longer). */
    crypto_secretstream_xchacha20poly1305_push(
      state: Uint8Array,
      out: Uint8Array,
      message: Uint8Array,
      ad: Uint8Array | null,
      tag: number,
    ): number;
    crypto_secretstream_xchacha20poly1305_init_pull(state: Uint8Array, header: Uint8Array, key: Uint8Array): void;
    /** Writes the message (17 bytes shorter) and its tag (1 byte); throws when it is not the next of this stream. */
    crypto_secretstream_xchacha20poly1305_pull(
      state: Uint8Array,
      out: Uint8Array,
      tag: Uint8Array,
      ciphertext: Uint8Array,
      ad: Uint8Array | null,
    ): number;
    readonly crypto_pwhash_ALG_ARGON2ID13: number;
    /** Writes a key (16 bytes or more) made of `password` and `salt` (16 bytes) in `passes` over `memory` bytes. */
    crypto_pwhash(key: Uint8Array, password: Uint8Array, salt: Uint8Array, passes: number, memory: number, algorithm: number): void;
    /** The same in another thread, which reads and writes these very arrays until the promise is settled. */
    crypto_pwhash_async(
      key: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      passes: number,
      memory: number,
      algorithm: number,
    ): Promise<void>;
    /** Compares two arrays of equal length in constant time. */
    sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean;
    /** Fills `out` with unpredictable bytes. */
    randombytes_buf(out: Uint8Array): void;
  }
  const sodium: Sodium;
  export default sodium;
}
