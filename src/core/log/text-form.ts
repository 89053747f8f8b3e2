/** Bytes and the text forms in which `wire` takes them: hex, Crockford base32, base64url. What is read here was checked there. */

const HEX_OF = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HEX = valuesOf("0123456789abcdef");
const BASE32 = valuesOf("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
const BASE64URL_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64URL = valuesOf(BASE64URL_DIGITS);

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += HEX_OF[bytes[at] as number];
  return text;
}

/** Writes the bytes of `text`, half as many as it has digits, to `into` from `at` on. */
export function writeHex(text: string, into: Uint8Array, at: number): void {
  for (let from = 0; from < text.length; from += 2) {
    into[at++] = ((HEX[text.charCodeAt(from)] as number) << 4) | (HEX[text.charCodeAt(from + 1)] as number);
  }
}

export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  writeHex(text, bytes, 0);
  return bytes;
}

/** Writes the whole bytes that `text` holds; spare bits at its end are dropped. */
export function writeBase32(text: string, into: Uint8Array, at: number): void {
  writeDigits(text, BASE32, 5, into, at);
}

export function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 5) >> 3);
  writeBase32(text, bytes, 0);
  return bytes;
}

export function fromBase64url(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 6) >> 3);
  writeDigits(text, BASE64URL, 6, bytes, 0);
  return bytes;
}

export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += BASE64URL_DIGITS[(held >> bits) & 63];
    }
  }
  return bits === 0 ? text : text + BASE64URL_DIGITS[(held << (6 - bits)) & 63];
}

function writeDigits(text: string, values: Uint8Array, bitsEach: number, into: Uint8Array, at: number): void {
  let bits = 0;
  let held = 0;
  for (let from = 0; from < text.length; from++) {
    held = ((held << bitsEach) | (values[text.charCodeAt(from)] as number)) & 0xffff;
    bits += bitsEach;
    if (bits < 8) continue;
    bits -= 8;
    into[at++] = held >> bits;
  }
}

function valuesOf(digits: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let at = 0; at < digits.length; at++) values[digits.charCodeAt(at)] = at;
  return values;
}

/** Bytes that a text without lone surrogates takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) length += 2;
    else if (unit >= 0x80) length += 1; // half of a pair too: four bytes in two units
  }
  return length;
}
