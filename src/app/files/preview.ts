/**
 * Previews: the small images that go along with the announcement of an image. PROTOCOL.md §21.5, cli.md "Files".
 *
 * One is made of what the user sends, which may be what a stranger gave him to send on. So it is decoded by WebAssembly in a thread of
 * its own, one at a time, with a bound on each of pixels, memory and time; what goes wrong there costs the preview and nothing else.
 * What others send as a preview is never decoded here: only its head is looked at, so that faces are given no image that is none, or
 * one that is far larger than it seems.
 */
import process from "node:process";
import { Worker } from "node:worker_threads";
import { PREVIEW_BYTES_MAX } from "../../core/index.ts";
import { type Media, mediaOf } from "./media.ts";
import type { PreviewRequest } from "./preview-worker.ts";

/** Pixels on a side of a preview, whoever made it: ours have 256, and an image that is small enough goes along as it is. */
const SIDE_MAX = 1_024;
/** Bytes of an image of which one is made: more than cameras of 40 megapixels write. */
const IMAGE_BYTES_MAX = 33_554_432;
/** Pixels that are decoded; with the next two, at most 0.9 GB for as long as it takes. Most telephones take 12 or 24 million. */
const PIXELS_MAX = 40_000_000;
/** What decoding takes for a pixel: 12 to 15 were measured, the latter for progressive JPEG. */
const MEMORY_PER_PIXEL = 20;
const MEMORY_BESIDE = 67_108_864;
/** A few bytes that claim to be many pixels are a trap, or an empty page: so many are free, and so many more for each byte. */
const PIXELS_FREE = 4_000_000;
const PIXELS_PER_BYTE = 128;
/** A photo of 12 million pixels takes 0.8 s of CPU. */
const WITHIN_MS = 10_000;
/** What the thread needs besides the WebAssembly memory, in MB. */
const HEAP_MB = 64;

/** Why an image goes without a preview. */
export type NoPreview =
  | "too-large" // bytes or pixels
  | "too-empty" // more pixels than so few bytes should have
  | "no-memory" // less is free than twice what it may take
  | "too-late"
  | "unreadable" // it does not decode, or takes more than its head says
  | "too-detailed" // no small form of it fits an announcement
  | "stopping";

/** An image that is to be sent. */
export interface Original extends Media {
  readonly size: number;
  /** All of it. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** True for a preview in base64 that faces may show: an image by its head, with at most 1,024 pixels on a side. */
export function isPreview(base64: string): boolean {
  return isSmall(mediaOf(Buffer.from(base64, "base64"), ""));
}

export class PreviewMaker {
  readonly #onNone: (why: NoPreview) => void;
  readonly #withinMs: number;
  #last: Promise<unknown> = Promise.resolve();
  #stop: (() => void) | null = null;
  #isEnding = false;

  /** @param onNone - told of each image that goes without */
  constructor(onNone: (why: NoPreview) => void, withinMs = WITHIN_MS) {
    this.#onNone = onNone;
    this.#withinMs = withinMs;
  }

  /** The preview of a file in base64; null for what is no image, and where there can be none. Never rejects. */
  async of(original: Original): Promise<string | null> {
    if (!original.type.startsWith("image/") || original.type === "image/svg+xml") return null;
    const made = this.#last.then(() => this.#made(original)).catch(() => "unreadable" as const);
    this.#last = made;
    const preview = await made;
    if (preview instanceof Uint8Array) return Buffer.from(preview).toString("base64");
    this.#onNone(preview);
    return null;
  }

  end(): void {
    this.#isEnding = true;
    this.#stop?.();
  }

  async #made(original: Original): Promise<Uint8Array | NoPreview> {
    if (original.size <= PREVIEW_BYTES_MAX && isSmall(original)) return original.read();
    const why = this.#isEnding ? "stopping" : whyNone(original);
    if (why !== null) return why;
    const image = await original.read();
    return this.#isEnding ? "stopping" : this.#inThread({ image, memoryBytes: memoryOf(original), mostBytes: PREVIEW_BYTES_MAX });
  }

  #inThread(request: PreviewRequest): Promise<Uint8Array | NoPreview> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | NoPreview>();
    const worker = startWorker(request);
    const timer = setTimeout(() => resolve("too-late"), this.#withinMs);
    this.#stop = () => resolve("stopping");
    worker.once("message", (preview: Uint8Array | null) => resolve(preview ?? "too-detailed"));
    worker.once("error", () => resolve("unreadable"));
    worker.once("exit", () => resolve("unreadable"));
    worker.stderr.resume(); // where the library says what it thinks of an image
    return promise.finally(() => {
      clearTimeout(timer);
      this.#stop = null;
      void worker.terminate();
    });
  }
}

/** What stands against decoding an image; null where nothing does. @param freeBytes - memory that this process may still take */
export function whyNone({ size, pixels }: Pick<Original, "size" | "pixels">, freeBytes = process.availableMemory()): NoPreview | null {
  if (pixels === null) return "unreadable";
  const count = pixels.width * pixels.height;
  if (size > IMAGE_BYTES_MAX || count > PIXELS_MAX) return "too-large";
  if (count > PIXELS_FREE + PIXELS_PER_BYTE * size) return "too-empty";
  return 2 * memoryOf({ pixels }) > freeBytes ? "no-memory" : null;
}

function memoryOf({ pixels }: Pick<Original, "pixels">): number {
  return MEMORY_BESIDE + MEMORY_PER_PIXEL * (pixels === null ? 0 : pixels.width * pixels.height);
}

function isSmall({ pixels }: Media): boolean {
  return pixels !== null && pixels.width <= SIDE_MAX && pixels.height <= SIDE_MAX;
}

function startWorker(request: PreviewRequest): Worker {
  // From a checkout this is TypeScript, which Node runs as it is; from the package, JavaScript beside this file.
  const name = import.meta.url.endsWith(".ts") ? "./preview-worker.ts" : "./preview-worker.js";
  return new Worker(new URL(name, import.meta.url), {
    workerData: request,
    transferList: [request.image.buffer],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    stderr: true,
  });
}
