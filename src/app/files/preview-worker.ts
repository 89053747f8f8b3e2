/** The thread in which the preview of one image is made: decoded, made small, turned as it is to be seen, and written anew as JPEG. */
import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import type { PhotonImage } from "@silvia-odwyer/photon-node";
import { boundWebAssembly } from "./bounded-wasm.ts";
import { orientationOf } from "./jpeg-head.ts";
import { mediaOf } from "./media.ts";
import { onWhite, type Picture, turned } from "./picture.ts";

export interface PreviewRequest {
  readonly image: Uint8Array<ArrayBuffer>;
  /** What decoding it may take. */
  readonly memoryBytes: number;
  /** What the preview may have. */
  readonly mostBytes: number;
}

/** Pixels on the long side, the next where it does not fit in any of these qualities. */
const SIDES = [256, 192, 128, 64];
const QUALITIES = [75, 60, 45];

async function main({ image, memoryBytes, mostBytes }: PreviewRequest): Promise<void> {
  boundWebAssembly(memoryBytes);
  const photon = (await import("@silvia-odwyer/photon-node")).default;

  const decoded = photon.PhotonImage.new_from_byteslice(image);
  const orientation = mediaOf(image, "").type === "image/jpeg" ? orientationOf(new DataView(image.buffer)) : 1;
  parentPort?.postMessage(fitting());

  function fitting(): Uint8Array | null {
    for (const side of SIDES) {
      const { pixels, width, height } = turned(onWhite(shrunk(decoded, side)), orientation);
      const small = new photon.PhotonImage(pixels, width, height);
      for (const quality of QUALITIES) {
        const jpeg = small.get_bytes_jpeg(quality);
        if (jpeg.length <= mostBytes) return jpeg;
      }
    }
    return null;
  }

  /** With at most so many pixels on a side; never larger than it was. */
  function shrunk(whole: PhotonImage, side: number): Picture {
    const [across, down] = [whole.get_width(), whole.get_height()];
    const scale = Math.min(1, side / Math.max(across, down));
    const [width, height] = [Math.max(1, Math.round(across * scale)), Math.max(1, Math.round(down * scale))];
    const small = photon.resize(whole, width, height, photon.SamplingFilter.Triangle);
    return { pixels: small.get_raw_pixels(), width, height };
  }
}

assert(parentPort !== null, "this file is a thread");
await main(workerData as PreviewRequest);
