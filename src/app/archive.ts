/** Taking a channel elsewhere and bringing it back: pages of all that is kept, and events taken in. docs/cli.md "Archives". */
import { type Archived, eventBody, type NodeEvent, SEALED, shownOf } from "../core/index.ts";
import { openChannelHash } from "../crypto/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { type BodyOf, decodeHead } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import {
  ARCHIVE_VERSION,
  type ArchivedMessage,
  type ArchiveEntry,
  type ArchiveHead,
  type ArchivePage,
  type Imported,
} from "./archive-view.ts";
import { type ChannelName, channelLabel } from "./channel-name.ts";
import type { Engine } from "./engine.ts";

/** Entries of one page, and UTF-16 units of their texts: some ms of reading, and far below what a line of the socket may have. */
export const PAGE_ENTRIES_MAX = 1_000;
const PAGE_UNITS = 1_048_576;
/** Messages in one `importMessages`: what one flush of the disk is worth. */
export const IMPORT_MESSAGES_MAX = 1_000;
const IMPORT_MS = 60_000;

/** The entries after `after`, the oldest first. @param kept - what the store has there, one more than is wanted where there is more */
export function archivePage(engine: Engine, channel: ChannelName, kept: readonly Archived[], most: number): ArchivePage {
  const head = headOf(engine, channel, kept);
  const label = head.channel;
  const entries: ArchiveEntry[] = [];
  let units = 0;
  for (const each of kept.slice(0, most)) {
    if (units >= PAGE_UNITS) break;
    const shown = each.kind === "text" ? each.event : shownOf({ ...each, channelId: channel.id, branch: 0 });
    const { body, ...fields } = shown;
    const entry = { ...fields, authorName: engine.names.of(shown.author), channel: label, text: body };
    entries.push({ entry, message: messageOf(each, channel) });
    units += body.length;
  }
  return { head, entries, next: entries.length < kept.length ? (entries.at(-1)?.entry.id ?? null) : null };
}

function headOf(engine: Engine, channel: ChannelName, kept: readonly Archived[]): ArchiveHead {
  const named =
    channel.name === "" || channel.genesis !== null || channel.pair !== null
      ? channel.genesis
      : Buffer.from(openChannelHash(sodiumCrypto, channel.name)).toString("hex");
  const signed = kept.find((each) => each.kind === "signed");
  const mode = engine.core.channels(engine.now).find(({ id }) => id === channel.id)?.mode ?? (signed === undefined ? "bare" : "open");
  return {
    ptpchat_archive: ARCHIVE_VERSION,
    channel: channelLabel(channel),
    channel_id: channel.id,
    mode,
    hash: signed?.kind === "signed" ? signed.event.channel : mode === "open" ? named : null,
    by: engine.core.nodeId,
    exported_at: Date.now(),
  };
}

function messageOf(each: Archived, { id }: ChannelName): ArchivedMessage {
  if (each.kind === "signed") {
    const { event, seen } = each;
    const message = { msg_type: "MESSAGE", msg_data: eventBody(event, id) } as const;
    if (event.kind !== SEALED) return message;
    return { ...message, opened: seen === undefined || seen.kind === SEALED ? null : seen };
  }
  const { id: msg_id, body, at, author, own } = each.event;
  return { msg_type: "MESSAGE", msg_data: { channel_id: id, message: body, msg_id }, at, from: author, own };
}

/**
 * Takes messages into a channel that the node is in; resolves once all that was taken is on the disk.
 * @throws ApiError `usage` for what is no MESSAGE, `no-such-channel`, `store-failed`
 */
export async function importMessages(engine: Engine, { id: channelId }: ChannelName, messages: readonly unknown[]): Promise<Imported> {
  const bodies = messages.map(bodyOf);
  engine.checkRunning();
  const ref = engine.waits.freeRef();
  const imported = engine.waits.until(`ref ${ref}`, IMPORT_MS, importedWhen, () => new ApiError("timeout", "the disk takes too long"));
  engine.command({ kind: "import", ref, channelId, bodies });
  const { outcomes, failed } = await imported;
  if (failed === "not-joined") throw new ApiError("usage", "only what is signed can be taken in, and nothing is in this channel");
  if (failed !== null)
    throw new ApiError(
      "store-failed",
      `not all of it could be kept (${failed}): free some space or check the disk, then import again`,
      failed,
    );
  return { channelId, outcomes };
}

function bodyOf(message: unknown): BodyOf<"MESSAGE"> {
  const decoded = decodeHead(message);
  if (decoded.ok && decoded.message.verb === "MESSAGE") return decoded.message.body;
  throw new ApiError(
    "usage",
    `"messages" must be a list of MESSAGEs as they go on the wire (${decoded.ok ? "another verb" : decoded.reason})`,
  );
}

function importedWhen(event: NodeEvent): Extract<NodeEvent, { type: "imported" }> | undefined {
  return event.type === "imported" ? event : undefined;
}
