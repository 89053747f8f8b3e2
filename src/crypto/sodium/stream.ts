/** ChaCha20 and Poly1305 by themselves (RFC 8439 sections 2.4 and 2.5): only to read a file that another library has sealed. */
import sodium from "sodium-native";
import { checkLength } from "./check-length.ts";

const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

export const streamPrimitives = {
  chacha20(data: Uint8Array, nonce: Uint8Array, counter: number, key: Uint8Array): Uint8Array {
    checkLength("nonce", nonce, NONCE_BYTES);
    checkLength("key", key, KEY_BYTES);
    const out = new Uint8Array(data.length);
    sodium.crypto_stream_chacha20_ietf_xor_ic(out, data, nonce, counter, key);
    return out;
  },

  poly1305(data: Uint8Array, key: Uint8Array): Uint8Array {
    checkLength("key", key, KEY_BYTES);
    const tag = new Uint8Array(TAG_BYTES);
    sodium.crypto_onetimeauth(tag, data, key);
    return tag;
  },
};
