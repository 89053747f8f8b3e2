/**
 * CPace (draft-irtf-cfrg-cpace-21) over ristretto255 with SHA-512, initiator and responder: two who share a short secret come to a key
 * that nobody else has. Whoever does not know the secret learns nothing from what is said, and can try one guess in each run, since a
 * wrong one shows at once. PROTOCOL.md §20.6.
 *
 *   g = map(SHA-512(lv(DSI) | lv(PRS) | lv(zeros) | lv(CI) | lv(sid)));  Y = y * g;  K = y * Y of the other
 *   ISK = SHA-512(lv("CPaceRistretto255_ISK") | lv(sid) | lv(K) | lv(Ya) | lv(ADa) | lv(Yb) | lv(ADb))
 *
 * The group is a port: its library takes long to load, and few nodes ever need it.
 */
import { concat } from "./bytes.ts";
import type { Crypto } from "./port.ts";

/** ristretto255 (RFC 9496): elements are 32 bytes in their one encoding. */
export interface Ristretto {
  /** The element that 64 uniform bytes stand for (§4.3.4). */
  fromUniform(bytes: Uint8Array): Uint8Array;
  /**
   * @param scalar - 32 bytes, little endian, below 2^252
   * @returns null when `element` encodes none, or the product is the neutral one
   */
  multiply(scalar: Uint8Array, element: Uint8Array): Uint8Array | null;
}

export const CPACE_BYTES = 32;

/** What both ends have before they say anything. */
export interface CPaceInput {
  /** The secret that they share. */
  readonly prs: Uint8Array;
  /** What the run is for: with another one the keys differ. */
  readonly ci: Uint8Array;
  /** Of this run alone. */
  readonly sid: Uint8Array;
}

/** One end's part, until the other's has come. */
export interface CPaceShare {
  readonly sid: Uint8Array;
  /** 32 bytes, used once. */
  readonly scalar: Uint8Array;
  /** To be sent. */
  readonly share: Uint8Array;
}

/** A share, and what its sender says with it. */
export interface CPaceMessage {
  readonly share: Uint8Array;
  readonly ad: Uint8Array;
}

export interface CPaceKeys {
  /** 64 bytes: the key, from which others are made. */
  readonly isk: Uint8Array;
  /** 32 bytes each: what the initiator, and the responder, show to prove that they have it (§10.4 of the draft). */
  readonly initiatorTag: Uint8Array;
  readonly responderTag: Uint8Array;
}

const encoder = new TextEncoder();
const DSI = encoder.encode("CPaceRistretto255");
const DSI_ISK = encoder.encode("CPaceRistretto255_ISK");
const MAC_WORDS = encoder.encode("CPaceMac");
/** SHA-512 takes its input in blocks of so many bytes: the secret fills the first, so that its length does not show in the time. */
const BLOCK_BYTES = 128;
/** The order of the group is just above 2^252. */
const TOP_BITS = 0x0f;

/**
 * Begins a run at one end.
 * @param random - 32 unpredictable bytes, used for nothing else
 */
export function beginCPace(crypto: Crypto, group: Ristretto, input: CPaceInput, random: Uint8Array): CPaceShare {
  const scalar = random.slice();
  scalar[CPACE_BYTES - 1] = (scalar[CPACE_BYTES - 1] as number) & TOP_BITS;
  const share = group.multiply(scalar, cpaceGenerator(crypto, group, input));
  if (share === null) throw new Error("a scalar of zeros: the random source is broken");
  return { sid: input.sid, scalar, share };
}

/**
 * Ends it, once both shares are known.
 * @param own - of this end, whichever that is
 * @returns null when the other end's share is no element, or makes the key one that everybody knows
 */
export function finishCPace(
  crypto: Crypto,
  group: Ristretto,
  own: CPaceShare,
  initiator: CPaceMessage,
  responder: CPaceMessage,
): CPaceKeys | null {
  const isInitiator = crypto.equal(own.share, initiator.share);
  const secret = group.multiply(own.scalar, isInitiator ? responder.share : initiator.share);
  if (secret === null) return null;
  const said = concat(lv(initiator.share), lv(initiator.ad), lv(responder.share), lv(responder.ad));
  const isk = crypto.sha512(concat(lv(DSI_ISK), lv(own.sid), lv(secret), said));
  const macKey = crypto.sha512(concat(MAC_WORDS, own.sid, isk));
  const tagOf = ({ share, ad }: CPaceMessage) => crypto.hmacSha256(macKey, concat(lv(share), lv(ad)));
  return { isk, initiatorTag: tagOf(initiator), responderTag: tagOf(responder) };
}

/** The element that the secret stands for in this run. */
export function cpaceGenerator(crypto: Crypto, group: Ristretto, { prs, ci, sid }: CPaceInput): Uint8Array {
  const zeros = Math.max(0, BLOCK_BYTES - 1 - lv(prs).length - lv(DSI).length);
  return group.fromUniform(crypto.sha512(concat(lv(DSI), lv(prs), lv(new Uint8Array(zeros)), lv(ci), lv(sid))));
}

/** Bytes with their length before them, in LEB128. */
function lv(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return concat(Uint8Array.of(...length, rest), bytes);
}
