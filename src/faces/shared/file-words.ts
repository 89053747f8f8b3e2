/** Files in words: how large, how far they have come, and how to get them. */

import type { FileView } from "../../app/api.ts";
import { sizeWords } from "../../app/files/size-words.ts";
import type { EventOf } from "./door.ts";
import { safeText } from "./safe-text.ts";
import { span } from "./span.ts";

export { sizeWords };

/** `image/png, 640 x 480`: what is known of a file besides its name and size. */
export function kindWords({ type, pixels }: Pick<FileView, "type" | "pixels">): string {
  return pixels === null ? safeText(type) : `${safeText(type)}, ${pixels.width} x ${pixels.height}`;
}

/** `photo.jpg: 12.3 MB of 40.0 MB, 31 %, 8.1 MB/s, 3 s left`. */
export function progressWords({ name, state, doneBytes, size, bytesPerSecond, leftMs, givers }: EventOf<"file">): string {
  const share = size === 0 ? 100 : Math.floor((100 * doneBytes) / size);
  const words = [`${sizeWords(doneBytes)} of ${sizeWords(size)}`, `${share} %`];
  if (state === "waiting") words.push("nobody who has it is here: waiting");
  else if (bytesPerSecond !== null) words.push(`${sizeWords(bytesPerSecond)}/s`, ...(leftMs === null ? [] : [`${span(leftMs)} left`]));
  if (givers > 1) words.push(`from ${givers} members`);
  return `${safeText(name)}: ${words.join(", ")}`;
}

/** Why a file did not come, by its stable code. */
export function failureWords(reason: string): string {
  return WORDS[reason] ?? safeText(reason);
}

const WORDS: Readonly<Record<string, string>> = {
  untrue: "it is not what its author announced",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota on the disk is used up",
  "file-dropped": "it was dropped",
};
