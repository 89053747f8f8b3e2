/**
 * What a file is, by its first bytes, else by its name; and how large an image is, as its header says. Headers are read and
 * nothing is decoded, so no image can do harm here. cli.md "Files".
 */
import { extname } from "node:path";
import type { FileInfo } from "../../core/index.ts";
import { jpegPixels } from "./jpeg-head.ts";

/** Bytes of a file that are looked at: a JPEG may have long notes before its size. */
export const LOOKED_AT_BYTES = 262_144;

type Pixels = NonNullable<FileInfo["pixels"]>;

export interface Media {
  readonly type: string;
  /** Of an image, as it is to be seen. */
  readonly pixels: Pixels | null;
}

const UNKNOWN = "application/octet-stream";
const TYPES: Readonly<Record<string, string>> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".html": "text/html",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".zip": "application/zip",
  ".gz": "application/gzip",
  ".tar": "application/x-tar",
  ".svg": "image/svg+xml",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".opus": "audio/ogg",
  ".flac": "audio/flac",
  ".wav": "audio/wav",
  ".mp4": "video/mp4",
  ".mkv": "video/matroska",
  ".webm": "video/webm",
};

/** @param bytes - the first {@link LOOKED_AT_BYTES} of the file, or all of it */
export function mediaOf(bytes: Uint8Array, name: string): Media {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [type, begins, pixels] of IMAGES) if (begins(bytes)) return { type, pixels: positive(pixels(view)) };
  return { type: TYPES[extname(name).toLowerCase()] ?? UNKNOWN, pixels: null };
}

const IMAGES: readonly (readonly [string, (bytes: Uint8Array) => boolean, (view: DataView) => Pixels | null])[] = [
  ["image/png", (bytes) => has(bytes, 0, "\x89PNG\r\n\x1a\n"), pngPixels],
  ["image/jpeg", (bytes) => has(bytes, 0, "\xff\xd8\xff"), jpegPixels],
  ["image/gif", (bytes) => has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a"), gifPixels],
  ["image/webp", (bytes) => has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP"), webpPixels],
];

/** IHDR is the first chunk: length 4, name 4, width 4, height 4. */
function pngPixels(view: DataView): Pixels | null {
  return view.byteLength < 24 ? null : { width: view.getUint32(16), height: view.getUint32(20) };
}

function gifPixels(view: DataView): Pixels | null {
  return view.byteLength < 10 ? null : { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** The first chunk says the kind: lossy (`VP8 `), lossless (`VP8L`) or extended (`VP8X`). */
function webpPixels(view: DataView): Pixels | null {
  if (view.byteLength < 30) return null;
  switch (view.getUint32(12)) {
    case 0x56503820: // "VP8 ": 14 bits each, after the frame's head of 10 bytes
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858:
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    default:
      return null;
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 0x1_0000;
}

function positive(pixels: Pixels | null): Pixels | null {
  return pixels !== null && pixels.width > 0 && pixels.height > 0 ? pixels : null;
}

function has(bytes: Uint8Array, at: number, letters: string): boolean {
  return bytes.length >= at + letters.length && [...letters].every((letter, place) => bytes[at + place] === letter.charCodeAt(0));
}
