/** Takes a signed X.509 structure (certificate or request) apart: what is signed, how, and the signature. RFC 5280 §4.1. */

export interface SignedParts {
  /** The bytes under the signature. */
  readonly signed: Uint8Array;
  /** The AlgorithmIdentifier, with its head. */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
/** Lengths of up to two bytes: more than any certificate that is taken. */
const LENGTH_BYTES_MAX = 2;

/** One element: its bytes with the head, its content, and what follows it. */
interface Element {
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
  readonly rest: Uint8Array;
}

/** @returns null for what is not exactly SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING of whole bytes } */
export function partsOf(der: Uint8Array): SignedParts | null {
  const outer = element(der, SEQUENCE);
  if (outer === null || outer.rest.length > 0) return null;
  const signed = element(outer.content, SEQUENCE);
  const algorithm = signed && element(signed.rest, SEQUENCE);
  const signature = algorithm && element(algorithm.rest, BIT_STRING);
  if (!signature || signature.rest.length > 0 || signature.content[0] !== 0) return null; // bits left unused: none
  return { signed: signed.whole, algorithm: algorithm.whole, signature: signature.content.subarray(1) };
}

function element(bytes: Uint8Array, tag: number): Element | null {
  const first = bytes[1];
  if (bytes[0] !== tag || first === undefined) return null;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (first === 0x80 || lengthBytes > LENGTH_BYTES_MAX || bytes.length < 2 + lengthBytes) return null;
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  const head = 2 + lengthBytes;
  const end = head + length;
  if (end > bytes.length) return null;
  return { whole: bytes.subarray(0, end), content: bytes.subarray(head, end), rest: bytes.subarray(end) };
}
