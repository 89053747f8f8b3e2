/** What a file is, and how large an image is, by its first bytes alone. */
import { describe, expect, test } from "vitest";
import { mediaOf } from "../../../src/app/files/media.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Headers written by hand after each format's own page. */
const PNG = bytes("89504e470d0a1a0a 0000000d 49484452 00000280 000001e0 08 02 00 00 00");
const GIF = bytes("474946383961 8002 e001 f7 00 00");
const JPEG = bytes("ffd8 ffe0 0010 4a46494600 0101 00 0001 0001 0000 ffdb 0004 0000 ffc0 0011 08 01e0 0280 03 01 22 00");
const JPEG_FILLED = bytes("ffd8 ffff ffe1 0004 0000 ffc2 0011 08 0010 0020 03 01 22 00");
const VP8 = bytes("52494646 1a000000 57454250 56503820 0e000000 b00100 9d012a 8002 e001 0000");
const VP8L = bytes("52494646 1a000000 57454250 5650384c 0e000000 2f 7fc27700 0000 0000 0000 0000");
const VP8X = bytes("52494646 1a000000 57454250 56503858 0a000000 00 000000 7f0200 df0100 0000");

describe("an image", () => {
  test.each([
    ["PNG", PNG, "image/png", 640, 480],
    ["GIF", GIF, "image/gif", 640, 480],
    ["JPEG", JPEG, "image/jpeg", 640, 480],
    ["JPEG with filling, progressive", JPEG_FILLED, "image/jpeg", 32, 16],
    ["WebP, lossy", VP8, "image/webp", 640, 480],
    ["WebP, lossless", VP8L, "image/webp", 640, 480],
    ["WebP, extended", VP8X, "image/webp", 640, 480],
  ])("of the kind %s has its type and size, whatever it is called", (_, head, type, width, height) => {
    expect(mediaOf(head, "x.txt")).toEqual({ type, pixels: { width, height } });
  });

  test("that is cut anywhere, or damaged, gives no size or that one, and nothing is thrown", () => {
    for (const head of [PNG, GIF, JPEG, JPEG_FILLED, VP8, VP8L, VP8X])
      for (let at = 0; at < head.length; at++) {
        mediaOf(head.subarray(0, at), "x");
        for (const flip of [0x01, 0x80, 0xff])
          mediaOf(
            head.map((byte, place) => (place === at ? byte ^ flip : byte)),
            "x",
          );
      }
    expect(
      mediaOf(bytes("ffd8 ffe0 0000 ffe0 0000 ffe0 0000"), "x").pixels,
      "segments without a length do not go round for ever",
    ).toBeNull();
    expect(mediaOf(bytes("89504e470d0a1a0a 0000000d 49484452 00000000 000001e0"), "x").pixels, "no width").toBeNull();
  });
});

test.each([
  ["notes.txt", "text/plain"],
  ["SONG.MP3", "audio/mpeg"],
  ["noext", "application/octet-stream"],
  ["evil.png", "application/octet-stream"],
])("%s that is no image is %s, by its name", (name, type) => {
  expect(mediaOf(bytes("00010203"), name)).toEqual({ type, pixels: null });
});
