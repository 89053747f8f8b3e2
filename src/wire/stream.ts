/**
 * Datagrams of sessions on a stream of bytes, as TCP is: each behind its length. PROTOCOL.md §18.
 *
 *   length u16 | datagram
 *   0            2
 *
 * The length is big endian, counts the datagram alone, and is from 1 to STREAMED_BYTES_MAX.
 */
import { STREAMED_BYTES_MAX } from "./limits.ts";

export const LENGTH_BYTES = 2;

/** A datagram as it goes onto a stream. */
export function streamed(datagram: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + datagram.length);
  bytes[0] = datagram.length >>> 8;
  bytes[1] = datagram.length & 0xff;
  bytes.set(datagram, LENGTH_BYTES);
  return bytes;
}

/** Takes a stream in whatever pieces it comes, and gives back the datagrams. It holds one unfinished datagram at most. */
export class StreamReader {
  #held: Uint8Array = new Uint8Array(0);
  #broken = false;

  /**
   * @param take - called with each datagram; its bytes are good for as long as `piece` is. Where it answers false, what is left is dropped
   * @returns false once a length was out of bounds: where the next datagram begins is not known, so the stream is of no more use
   */
  read(piece: Uint8Array, take: (datagram: Uint8Array) => boolean): boolean {
    if (this.#broken) return false;
    const bytes = this.#held.length === 0 ? piece : joined(this.#held, piece);
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      if (length === 0 || length > STREAMED_BYTES_MAX) {
        this.#broken = true;
        this.#held = new Uint8Array(0);
        return false;
      }
      if (bytes.length - at - LENGTH_BYTES < length) break;
      at += LENGTH_BYTES + length;
      if (!take(bytes.subarray(at - length, at))) return true;
    }
    this.#held = at === bytes.length ? new Uint8Array(0) : bytes.slice(at); // a copy: the piece may be large, and be used again
    return true;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
