import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STREAMED_BYTES_MAX, StreamReader, streamed } from "../../src/wire/index.ts";
import { readVectors } from "./vector-file.ts";

/** A connection as test/vectors/stream.json has it; bytes are hex. */
interface StreamVector {
  readonly name: string;
  readonly pieces: readonly string[];
  readonly datagrams: readonly string[];
  readonly reason?: "tcp-length";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What a reader makes of a stream that comes in these pieces. */
function read(pieces: readonly Uint8Array[]): { datagrams: string[]; good: boolean } {
  const reader = new StreamReader();
  const datagrams: string[] = [];
  let good = true;
  for (const piece of pieces)
    good = reader.read(piece, (datagram) => {
      datagrams.push(hex(datagram));
      return true;
    });
  return { datagrams, good };
}

describe("datagrams on a stream", () => {
  test("are behind their length, big endian", () => {
    expect(hex(streamed(Uint8Array.of(0xf8)))).toBe("0001f8");
    expect(hex(streamed(new Uint8Array(0x1234).fill(7))).slice(0, 8)).toBe("12340707");
  });

  test("come out as they went in, however the stream is cut", () => {
    const datagram = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (datagrams, cuts) => {
        const whole = Uint8Array.from(datagrams.flatMap((each) => [...streamed(each)]));
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, whole.length]) {
          pieces.push(whole.slice(at, at + cut));
          at = Math.min(whole.length, at + cut);
        }
        expect(read(pieces)).toEqual({ datagrams: datagrams.map(hex), good: true });
      }),
    );
  });

  test("of the greatest length are taken, byte by byte; what is longer, or empty, ends the stream for good", () => {
    const greatest = streamed(new Uint8Array(STREAMED_BYTES_MAX).fill(1));
    expect(read([...greatest].map((byte) => Uint8Array.of(byte))).datagrams.map((each) => each.length)).toEqual([2 * STREAMED_BYTES_MAX]);
    for (const length of [0, STREAMED_BYTES_MAX + 1, 0xffff]) {
      const lie = Uint8Array.of(length >>> 8, length & 0xff);
      expect(read([streamed(Uint8Array.of(1)), lie, streamed(Uint8Array.of(2))])).toEqual({ datagrams: ["01"], good: false });
    }
  });

  test("stop at the one after which the taker wants no more", () => {
    const taken: string[] = [];
    const both = Uint8Array.from([...streamed(Uint8Array.of(1)), ...streamed(Uint8Array.of(2))]);
    new StreamReader().read(both, (datagram) => {
      taken.push(hex(datagram));
      return false;
    });
    expect(taken).toEqual(["01"]);
  });
});

describe("the published streams", () => {
  const plain = (spaced: string) => spaced.replaceAll(" ", "");
  const bytes = (spaced: string) => Uint8Array.from(Buffer.from(plain(spaced), "hex"));

  test.each(readVectors<StreamVector>("stream"))("$name", ({ pieces, datagrams, reason }) => {
    expect(read(pieces.map(bytes))).toEqual({ datagrams, good: reason === undefined });
    const written = datagrams.map((datagram) => hex(streamed(bytes(datagram)))).join("");
    const sent = plain(pieces.join(""));
    expect(sent.startsWith(written)).toBe(true);
    const left = sent.slice(written.length);
    if (reason === undefined) expect(left.length / 2).toBeLessThan(2 + (left === "" ? 0 : Number.parseInt(left.slice(0, 4), 16)));
  });
});
