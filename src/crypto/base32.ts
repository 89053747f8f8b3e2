/** Crockford base32, as node ids are shown: no I, L, O or U, so that it can be read aloud. PROTOCOL.md §3.4. */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const NO_DIGIT = 255;
/** What each ASCII character stands for: ids are read for every event that is shown. */
const VALUES = valuesOf();

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

/**
 * Undoes `base32`, for text that a person typed: in either case, an O read as 0, an I or L as 1.
 * @returns null when a character is none of these, or when the text is not what `base32` would write of its bytes
 */
export function unbase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array((text.length * 5) >> 3);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = VALUES[text.charCodeAt(index)] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return null;
    held = (held << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  // Fewer than five bits of padding, all zero: else two texts would be one id.
  return bits < 5 && held === 0 ? bytes : null;
}

function valuesOf(): Uint8Array {
  const values = new Uint8Array(128).fill(NO_DIGIT);
  const put = (letters: string, value: number) => {
    for (const letter of letters + letters.toLowerCase()) values[letter.charCodeAt(0)] = value;
  };
  for (let value = 0; value < DIGITS.length; value++) put(DIGITS.charAt(value), value);
  put("O", 0);
  put("IL", 1);
  return values;
}
