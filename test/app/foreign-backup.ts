/**
 * A second implementation of the file of a backup, from PROTOCOL.md §23.1 alone and over other primitives: what it writes with salt and
 * header given is in `test/vectors/backup.json`, and what it reads has to be what was backed up.
 */
import { Poly1305 } from "@noble/ciphers/_poly1305.js";
import { chacha20, hchacha } from "@noble/ciphers/chacha.js";
import { argon2id } from "@noble/hashes/argon2.js";

export interface Contents {
  readonly at: number;
  readonly key: string;
  readonly store: Uint8Array;
}

export interface Chosen {
  readonly passphrase: string;
  readonly memoryKib: number;
  readonly passes: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** 24 bytes. */
  readonly header: Uint8Array;
}

const MAGIC = Buffer.from("ptpchat/1 backup\n");
const PIECE = 65_536;
const [MESSAGE, FINAL] = [0, 3];

export function foreignBackup({ at, key, store }: Contents, chosen: Chosen): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(chosen.memoryKib, 0);
  head.writeUInt32BE(chosen.passes, 4);
  const outside = Buffer.concat([MAGIC, head, chosen.salt]);
  const text = Buffer.from(JSON.stringify({ at, key }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const within = Buffer.concat([length, text, store]);
  const stream = new Stream(keyOf(chosen), chosen.header);
  const pieces = Array.from({ length: Math.max(1, Math.ceil(within.length / PIECE)) }, (_, n) =>
    within.subarray(n * PIECE, (n + 1) * PIECE),
  );
  return Buffer.concat([
    outside,
    chosen.header,
    ...pieces.map((piece, n) => stream.seal(piece, outside, n === pieces.length - 1 ? FINAL : MESSAGE)),
  ]);
}

/** @throws Error where it is not whole */
export function readForeign(file: Uint8Array, passphrase: string): Contents {
  const bytes = Buffer.from(file);
  const outside = bytes.subarray(0, 41);
  if (!outside.subarray(0, 17).equals(MAGIC)) throw new Error("no backup");
  const header = bytes.subarray(41, 65);
  const cost = { memoryKib: outside.readUInt32BE(17), passes: outside.readUInt32BE(21), salt: outside.subarray(25) };
  const stream = new Stream(keyOf({ passphrase, ...cost }), header);
  const opened: Buffer[] = [];
  let tag = MESSAGE;
  for (let from = 65; from < bytes.length; from += PIECE + 17) {
    if (tag === FINAL) throw new Error("something follows");
    const piece = stream.open(bytes.subarray(from, from + PIECE + 17), outside);
    opened.push(piece.bytes);
    tag = piece.tag;
  }
  if (tag !== FINAL) throw new Error("cut off");
  const within = Buffer.concat(opened);
  const length = within.readUInt32BE(0);
  const { at, key } = JSON.parse(within.subarray(4, 4 + length).toString("utf8")) as { at: number; key: string };
  return { at, key, store: within.subarray(4 + length) };
}

function keyOf({ passphrase, salt, memoryKib, passes }: Omit<Chosen, "header">): Uint8Array {
  return argon2id(Buffer.from(passphrase.normalize("NFC"), "utf8"), salt, { t: passes, m: memoryKib, p: 1, dkLen: 32 });
}

/** libsodium's secretstream, from its description. */
class Stream {
  readonly #key: Uint8Array;
  /** A number in four bytes, lowest first, and eight bytes of which each piece changes all. */
  readonly #nonce = Buffer.alloc(12);

  constructor(key: Uint8Array, header: Uint8Array) {
    this.#key = new Uint8Array(32);
    const words = (bytes: Uint8Array) => new Uint32Array(Uint8Array.from(bytes).buffer);
    const sigma = words(Buffer.from("expand 32-byte k"));
    hchacha(sigma, words(key), words(header.subarray(0, 16)), new Uint32Array(this.#key.buffer));
    this.#nonce.writeUInt32LE(1, 0);
    this.#nonce.set(header.subarray(16), 4);
  }

  seal(piece: Uint8Array, ad: Uint8Array, tag: number): Buffer {
    const block = this.#xor(Buffer.concat([Buffer.from([tag]), Buffer.alloc(63)]), 1);
    const sealed = this.#xor(piece, 2);
    return Buffer.concat([block.subarray(0, 1), sealed, this.#end(ad, block, sealed)]);
  }

  open(bytes: Buffer, ad: Uint8Array): { readonly bytes: Buffer; readonly tag: number } {
    const plain = this.#xor(Buffer.concat([bytes.subarray(0, 1), Buffer.alloc(63)]), 1);
    const tag = plain[0] as number;
    const block = Buffer.concat([bytes.subarray(0, 1), plain.subarray(1)]);
    const sealed = bytes.subarray(1, -16);
    const opened = this.#xor(sealed, 2);
    if (!this.#end(ad, block, sealed).equals(bytes.subarray(-16))) throw new Error("a piece does not open");
    return { bytes: opened, tag };
  }

  /** The tag of authenticity; the next piece has another nonce. */
  #end(ad: Uint8Array, block: Uint8Array, sealed: Uint8Array): Buffer {
    const lengths = Buffer.alloc(16);
    lengths.writeUInt32LE(ad.length, 0);
    lengths.writeUInt32LE(64 + sealed.length, 8);
    const mac = new Poly1305(this.#xor(new Uint8Array(32), 0));
    const zeros = (count: number) => new Uint8Array(count & 15);
    for (const part of [ad, zeros(16 - (ad.length & 15)), block, sealed, zeros(sealed.length), lengths])
      if (part.length > 0) mac.update(part);
    const tag = Buffer.from(mac.digest());
    for (let at = 0; at < 8; at++) this.#nonce[4 + at] = (this.#nonce[4 + at] as number) ^ (tag[at] as number);
    this.#nonce.writeUInt32LE(this.#nonce.readUInt32LE(0) + 1, 0);
    return tag;
  }

  #xor(bytes: Uint8Array, counter: number): Buffer {
    return Buffer.from(chacha20(this.#key, Uint8Array.from(this.#nonce), Uint8Array.from(bytes), undefined, counter));
  }
}
