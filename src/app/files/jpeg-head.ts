/**
 * What stands in a JPEG before its picture: how large that is, and how the camera was held. Segments `FF marker length`, the length with
 * its own two bytes. ISO/IEC 10918-1 annex B; EXIF: CIPA DC-008, TIFF 6.0.
 */
import type { FileInfo } from "../../core/index.ts";

type Pixels = NonNullable<FileInfo["pixels"]>;

/** What has to be done with the picture, as EXIF counts it, from 1 (nothing) to 8; {@link TURNS} says it in words. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Where a pixel of the picture as it is to be seen lies in the one that is stored: across and down changed, then counted from the other end. */
export interface Turn {
  readonly isOnSide: boolean;
  readonly fromRight: boolean;
  readonly fromBottom: boolean;
}

export const TURNS: Readonly<Record<Orientation, Turn>> = {
  1: { isOnSide: false, fromRight: false, fromBottom: false },
  2: { isOnSide: false, fromRight: true, fromBottom: false },
  3: { isOnSide: false, fromRight: true, fromBottom: true },
  4: { isOnSide: false, fromRight: false, fromBottom: true },
  5: { isOnSide: true, fromRight: false, fromBottom: false },
  6: { isOnSide: true, fromRight: false, fromBottom: true },
  7: { isOnSide: true, fromRight: true, fromBottom: true },
  8: { isOnSide: true, fromRight: true, fromBottom: false },
};

const APP1 = 0xe1;
const EXIF = "Exif\0\0";
const ORIENTATION_TAG = 0x0112;
const SHORT_TYPE = 3;

/** Of the picture as it is to be seen. The first start of a frame has precision 1, height 2, width 2. */
export function jpegPixels(view: DataView): Pixels | null {
  for (const { marker, at } of segments(view)) {
    if (!isFrameStart(marker)) continue;
    const [height, width] = [view.getUint16(at + 3), view.getUint16(at + 5)];
    return TURNS[orientationOf(view)].isOnSide ? { width: height, height: width } : { width, height };
  }
  return null;
}

/** 1 where nothing is said, or nothing that makes sense. */
export function orientationOf(view: DataView): Orientation {
  for (const { marker, at, length } of segments(view)) {
    if (isFrameStart(marker)) return 1;
    if (marker !== APP1 || !hasLetters(view, at + 2, EXIF)) continue;
    const from = view.byteOffset + at + 2 + EXIF.length;
    const end = Math.min(view.byteOffset + view.byteLength, view.byteOffset + at + length);
    return orientationIn(new DataView(view.buffer, from, Math.max(0, end - from)));
  }
  return 1;
}

/** In a TIFF: byte order 2, 42, where the first directory is 4. There a count 2, and for each entry tag 2, type 2, count 4, value 4. */
function orientationIn(tiff: DataView): Orientation {
  if (tiff.byteLength < 8) return 1;
  const isLittle = tiff.getUint16(0) === 0x4949;
  const from = tiff.getUint32(4, isLittle);
  if (from + 2 > tiff.byteLength) return 1;
  const end = Math.min(tiff.byteLength, from + 2 + 12 * tiff.getUint16(from, isLittle));
  for (let at = from + 2; at + 12 <= end; at += 12) {
    if (tiff.getUint16(at, isLittle) !== ORIENTATION_TAG || tiff.getUint16(at + 2, isLittle) !== SHORT_TYPE) continue;
    const value = tiff.getUint16(at + 8, isLittle);
    return value in TURNS ? (value as Orientation) : 1;
  }
  return 1;
}

/** Those whose beginning is there; `at` is where the length stands. */
function* segments(view: DataView): Generator<{ readonly marker: number; readonly at: number; readonly length: number }> {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // filling
      continue;
    }
    const length = view.getUint16(at + 2);
    yield { marker, at: at + 2, length };
    at += 2 + length;
  }
}

/** C0 to CF, but for tables of Huffman codes (C4), a reserved one (C8) and arithmetic coding (CC). */
function isFrameStart(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function hasLetters(view: DataView, at: number, letters: string): boolean {
  if (at + letters.length > view.byteLength) return false;
  return [...letters].every((letter, place) => view.getUint8(at + place) === letter.charCodeAt(0));
}
