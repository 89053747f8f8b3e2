/** Crockford base32, as node ids are shown: no I, L, O or U, so that it can be read aloud. */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 32 bytes become 52 characters, most significant bits first, the last one padded with zero bits. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += DIGITS[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + DIGITS[(held << (5 - bits)) & 31];
}
