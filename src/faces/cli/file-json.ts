/** What `ptpchat files --json` prints: stable snake_case names, each with its line in docs/cli.md. */
import type { DroppedFile, FilesKeeping, FileView, GotFile, SentFile, SharedFile } from "../../app/api.ts";

/** Of a file in a channel, as it stands in `tail` too. */
export function fileJson({ name, size, type, pixels, preview }: FileView): object {
  return { name, size, type, width: pixels?.width ?? null, height: pixels?.height ?? null, preview };
}

export function sentFileJson(sent: SentFile): object {
  return { id: sent.id, channel_id: sent.channelId, state: sent.state, ...fileJson(sent) };
}

export function gotFileJson({ id, path, size, type, pixels, ms, kept }: GotFile): object {
  return { id, path, size, type, width: pixels?.width ?? null, height: pixels?.height ?? null, ms, kept };
}

export function sharedFileJson(file: SharedFile): object {
  const { id, channelId, channel, author, authorName, own, at, state, hereBytes } = file;
  const where = { id, channel_id: channelId, channel, author, author_name: authorName, own, at };
  return { ...where, ...fileJson(file), state, here_bytes: hereBytes };
}

export function droppedFileJson({ id, freedBytes }: DroppedFile): object {
  return { id, freed_bytes: freedBytes };
}

export function filesKeepingJson({ keepBytes, othersBytes, ownBytes }: FilesKeeping): object {
  return { keep_bytes: keepBytes, others_bytes: othersBytes, own_bytes: ownBytes };
}
