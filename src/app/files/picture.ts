/** A small picture in memory: four bytes for each pixel, red, green, blue and how much it covers, from the top left on, row by row. */
import { type Orientation, TURNS } from "./jpeg-head.ts";

export interface Picture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The same on white paper: JPEG knows nothing that one can see through. */
export function onWhite(picture: Picture): Picture {
  const pixels = picture.pixels.slice();
  for (let at = 0; at < pixels.length; at += 4) {
    const cover = pixels[at + 3] as number;
    for (let part = at; part < at + 3; part++) pixels[part] = Math.round(((pixels[part] as number) * cover) / 255 + 255 - cover);
    pixels[at + 3] = 255;
  }
  return { ...picture, pixels };
}

/** The same as the camera was held. */
export function turned(picture: Picture, orientation: Orientation): Picture {
  const { isOnSide, fromRight, fromBottom } = TURNS[orientation];
  const [width, height] = isOnSide ? [picture.height, picture.width] : [picture.width, picture.height];
  const pixels = new Uint8Array(picture.pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, down] = isOnSide ? [y, x] : [x, y];
      const column = fromRight ? picture.width - 1 - right : right;
      const row = fromBottom ? picture.height - 1 - down : down;
      const from = 4 * (row * picture.width + column);
      pixels.set(picture.pixels.subarray(from, from + 4), 4 * (y * width + x));
    }
  }
  return { pixels, width, height };
}
