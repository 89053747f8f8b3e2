/** Posts as people see them, in history and in events: with names, reactions, and what they answer. cli.md "tail". */
import { type FileInfo, isAhead, type Quote, type ShownPost, type StoredEntry, shownPost } from "../core/index.ts";
import { type Entry, PLAIN, type PostView, type QuoteView } from "./api.ts";
import type { Engine } from "./engine.ts";
import type { FileView } from "./files/files-api.ts";
import { isPreview } from "./files/preview.ts";
import type { Names } from "./names.ts";

/** What is known of a signed post, with names. @param self - our own node id */
export function postView({ kind, edited, deletedBy, reactions, reply, file, ahead }: ShownPost, names: Names, self: string): PostView {
  return {
    kind,
    edited,
    deleted: deletedBy !== null,
    deletedByName: deletedBy === null ? null : names.of(deletedBy),
    reactions: reactions.map(({ text, by }) => ({
      text,
      authors: by,
      authorNames: by.map((author) => names.of(author)),
      own: by.some((author) => author === self),
    })),
    replyTo: reply === null ? null : quoteView(reply, names),
    file: file === null ? null : fileView(file),
    ahead,
  };
}

/** Without its key and root, which are of no use to faces, and without a preview that is none. */
function fileView({ name, size, type, pixels, preview }: FileInfo): FileView {
  return { name, size, type, pixels, preview: preview !== null && isPreview(preview) ? preview : null };
}

function quoteView({ id, author, excerpt }: Quote, names: Names): QuoteView {
  return { id, author, authorName: author === null ? null : names.of(author), excerpt };
}

/** The entries of a channel that are shown, of those that the store gave. @param channel - as it is called */
export function entriesOf({ core, names, store, now }: Engine, stored: readonly StoredEntry[], channel: string): Entry[] {
  const [first] = stored;
  if (first === undefined) return [];
  const eyes = core.eyes(first.channelId, now);
  return stored.flatMap(({ body, signed, ...entry }) => {
    const shown = signed === undefined ? null : shownPost(store.events, signed, eyes);
    const { name, quiet } = names.who(entry.author);
    if (quiet === "blocked" || (signed !== undefined && shown === null)) return [];
    const view = shown === null ? PLAIN : postView(shown, names, core.nodeId);
    return [{ ...entry, channel, authorName: name, text: shown?.text ?? body, ...view, muted: quiet === "muted" }];
  });
}

/** True for a post that what is said of it would not count for, until its time has come. */
export function isDatedAhead(hlc: number): boolean {
  return isAhead(hlc, Date.now());
}
