/** The few forms of DER (ITU-T X.690) that a certificate is written in. It only writes: reading is left to Node. */

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT = 0xa0;
/** The first year that UTCTime cannot name (RFC 5280 §4.1.2.5). */
const UTC_TIME_BEFORE_YEAR = 2050;

export const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(SEQUENCE, Buffer.concat(parts));
}

export function setOf(only: Uint8Array): Uint8Array {
  return tagged(SET, only);
}

/** `[n]`, constructed. */
export function context(n: number, inner: Uint8Array): Uint8Array {
  return tagged(CONTEXT + n, inner);
}

/** @param bytes - big-endian, without leading zeros, its highest bit clear */
export function positiveInteger(bytes: Uint8Array): Uint8Array {
  return tagged(INTEGER, bytes);
}

/** @param unused - bits of the last byte that do not count */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array {
  return tagged(BIT_STRING, Buffer.concat([Uint8Array.of(unused), bytes]));
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return tagged(OCTET_STRING, bytes);
}

/** @param numbers - the first two, and others below 128: all that is needed here */
export function objectIdentifier(first: number, second: number, ...others: readonly number[]): Uint8Array {
  return tagged(OBJECT_IDENTIFIER, Uint8Array.of(40 * first + second, ...others));
}

export function utf8String(text: string): Uint8Array {
  return tagged(UTF8_STRING, Buffer.from(text, "utf8"));
}

/** To the second. */
export function time(date: Date): Uint8Array {
  const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  const short = date.getUTCFullYear() < UTC_TIME_BEFORE_YEAR;
  return tagged(short ? UTC_TIME : GENERALIZED_TIME, Buffer.from(short ? digits.slice(2) : digits, "latin1"));
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(content)), content]);
}

/** Up to 127 in one byte, else the number of bytes that follow and the length in them. */
function lengthOf({ length }: Uint8Array): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
