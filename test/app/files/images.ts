/** Real images, made small or large by the library that previews are made with, or by hand. */
import { crc32, deflateSync } from "node:zlib";
import photon from "@silvia-odwyer/photon-node";

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue at a place given in shares of width and height. */
  at(across: number, down: number): [number, number, number];
}

export function decoded(image: Uint8Array): Decoded {
  const whole = photon.PhotonImage.new_from_byteslice(image);
  const [width, height, pixels] = [whole.get_width(), whole.get_height(), whole.get_raw_pixels()];
  return {
    width,
    height,
    at(across, down) {
      const from = 4 * (Math.floor(down * height) * width + Math.floor(across * width));
      return [...pixels.subarray(from, from + 3)] as [number, number, number];
    },
  };
}

const COLOURS = [
  [200, 30, 30],
  [30, 180, 30],
  [30, 30, 200],
  [200, 200, 30],
] as const;

/** Red and green above blue and yellow, with grain, so that it takes as much as a photo does. */
export function photo(width: number, height: number, quality = 90): Uint8Array {
  const pixels = new Uint8Array(4 * width * height);
  let grain = 1;
  for (let place = 0; place < width * height; place++) {
    grain = (Math.imul(grain, 1_664_525) + 1_013_904_223) >>> 0;
    const colour = COLOURS[(place % width < width / 2 ? 0 : 1) + (place < (width * height) / 2 ? 0 : 2)] as (typeof COLOURS)[number];
    pixels.set(
      colour.map((part) => part + (grain >>> 27)),
      4 * place,
    );
    pixels[4 * place + 3] = 255;
  }
  return new photon.PhotonImage(pixels, width, height).get_bytes_jpeg(quality);
}

export const CAMERA = "CameraOfAda";

/** With what a camera writes: its name, how it was held, and where (GPS: latitude 48 degrees). */
export function withExif(jpeg: Uint8Array, orientation: number, isLittle = false): Uint8Array {
  const tiff = Buffer.alloc(128);
  const u16 = (value: number, at: number) => (isLittle ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (isLittle ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at));
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    u16(tag, at);
    u16(type, at + 2);
    u32(count, at + 4);
    if (type === 3) u16(value, at + 8);
    else u32(value, at + 8);
  };
  tiff.write(isLittle ? "II" : "MM", 0, "latin1");
  u16(42, 2);
  u32(8, 4);
  u16(3, 8);
  entry(10, 0x0110, 2, CAMERA.length + 1, 80);
  entry(22, 0x0112, 3, 1, orientation);
  entry(34, 0x8825, 4, 1, 50);
  u16(1, 50);
  entry(52, 0x0002, 5, 3, 96);
  tiff.write(CAMERA, 80, "latin1");
  u32(48, 96);
  u32(1, 100);
  const segment = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(segment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, segment, jpeg.subarray(2)]);
}

/** Of eight bits for red, green, blue and cover. @param rows - what is compressed: all rows, each after a zero */
export function png(width: number, height: number, rows: Uint8Array): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const chunks = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...chunks]);
}

/**
 * A canvas of ten pixels, and a lossless picture on it of `side` times `side`, all of one colour: five codes of one symbol each, so no bit
 * for a pixel (RFC 9649, 3.7.2).
 */
export function webpTrap(side: number): Uint8Array {
  const canvas = Buffer.from("00000000 090000 090000".replaceAll(" ", ""), "hex");
  const sides = Buffer.alloc(4);
  sides.writeUInt32LE((side - 1) | ((side - 1) << 14));
  const codes = Buffer.from("888808000000", "hex");
  const chunks = [
    riff("VP8X", canvas),
    riff("VP8L", Buffer.concat([Buffer.from([0x2f]), sides, codes])),
    riff("XTRA", Buffer.alloc(13_000)),
  ];
  return riff("RIFF", Buffer.concat([Buffer.from("WEBP"), ...chunks]));
}

function riff(name: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(name, "latin1"), length, data, Buffer.alloc(data.length % 2)]);
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length, 0);
  sum.writeUInt32BE(crc32(body), 0);
  return Buffer.concat([length, body, sum]);
}
