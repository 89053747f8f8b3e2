/** Base64 with filling (RFC 4648 §4): how bytes travel inside JSON. */

const DIGITS = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const FILLING = 0x3d;
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS[value] as number] = value;

const decoder = new TextDecoder("utf-8", { fatal: true });

export function base64(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let at = 0, to = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let digit = 0; digit < 4; digit++) letters[to++] = digit <= left ? (DIGITS[(group >> (18 - 6 * digit)) & 63] as number) : FILLING;
  }
  return decoder.decode(letters);
}

/** @param text - checked to be base64 by the field that it came in */
export function fromBase64(text: string): Uint8Array {
  const filling = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - filling);
  for (let from = 0, to = 0; from < text.length; from += 4) {
    const group = (valueAt(text, from) << 18) | (valueAt(text, from + 1) << 12) | (valueAt(text, from + 2) << 6) | valueAt(text, from + 3);
    bytes[to++] = group >> 16;
    if (to < bytes.length) bytes[to++] = group >> 8;
    if (to < bytes.length) bytes[to++] = group;
  }
  return bytes;
}

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? 0;
}
