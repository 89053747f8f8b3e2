/**
 * A file as its author announces it: the details of an event of the kind `file`. PROTOCOL.md §21.5. What does not make sense
 * announces no file; the event is a text then, like one of a kind that nobody knows.
 */
import type { Detail, Event } from "../log/event.ts";
import { detailOf, wholeNumber } from "../log/statement.ts";
import { utf8Length } from "../log/text-form.ts";
import { isShape, type Shape } from "./layout.ts";

export const FILE_KIND = "file";
/** Bytes of a name in UTF-8: what file systems take. */
export const FILE_NAME_BYTES_MAX = 255;
const TYPE_MAX = 127;
const TYPE = /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/;
const HASH = /^[0-9a-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Pixels on a side: more than any camera has. */
const SIDE_MAX = 1_000_000;
/** Bytes of an image that is small enough to be its own preview; sealed and in base64 twice it still fits an event. */
export const PREVIEW_BYTES_MAX = 12_288;
const PREVIEW_LETTERS_MAX = Math.ceil(PREVIEW_BYTES_MAX / 3) * 4;

export interface FileInfo extends Shape {
  /** As its author calls it: of no path, and not to be shown or used as it stands. */
  readonly name: string;
  /** A media type (RFC 6838), by the author's word. */
  readonly type: string;
  /** 64 hex digits. */
  readonly root: string;
  /** 64 hex digits: what the blocks are sealed with. */
  readonly key: string;
  /** Of an image. */
  readonly pixels: { readonly width: number; readonly height: number } | null;
  /** A small image, in base64. */
  readonly preview: string | null;
}

/** What an event announces; null when it is of another kind or announces nothing that could be. */
export function fileIn(event: Pick<Event, "kind" | "details">): FileInfo | null {
  if (event.kind !== FILE_KIND) return null;
  const of = (name: string) => detailOf(event, name) ?? "";
  const [name, type, root, key] = [of("name"), of("type"), of("root"), of("key")];
  const shape = { size: wholeNumber(of("size")) ?? -1, blockBytes: wholeNumber(of("block")) ?? 0 };
  if (!isShape(shape) || !HASH.test(root) || !HASH.test(key)) return null;
  if (name === "" || utf8Length(name) > FILE_NAME_BYTES_MAX || type.length > TYPE_MAX || !TYPE.test(type)) return null;
  return { name, type, root, key, ...shape, pixels: pixelsIn(of("width"), of("height")), preview: previewIn(of("preview")) };
}

export function fileDetails({ name, size, type, root, key, blockBytes, pixels, preview }: FileInfo): Detail[] {
  const details: Detail[] = [
    ["name", name],
    ["size", `${size}`],
    ["type", type],
    ["root", root],
    ["key", key],
    ["block", `${blockBytes}`],
  ];
  if (pixels !== null) details.push(["width", `${pixels.width}`], ["height", `${pixels.height}`]);
  if (preview !== null) details.push(["preview", preview]);
  return details;
}

function pixelsIn(width: string, height: string): FileInfo["pixels"] {
  const [across, down] = [wholeNumber(width) ?? 0, wholeNumber(height) ?? 0];
  return across >= 1 && down >= 1 && across <= SIDE_MAX && down <= SIDE_MAX ? { width: across, height: down } : null;
}

function previewIn(text: string): string | null {
  return text !== "" && text.length <= PREVIEW_LETTERS_MAX && text.length % 4 === 0 && BASE64.test(text) ? text : null;
}
