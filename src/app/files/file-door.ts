/** Files at the door of a node: what is asked is checked here. A part of the door; what each command means stands in {@link FileApi}. */
import { isAbsolute } from "node:path";
import { type Event, fileIn } from "../../core/index.ts";
import { ApiError, type Entry } from "../api.ts";
import { joinedChannel } from "../asked-channel.ts";
import { type ChannelName, channelLabel, shownName } from "../channel-name.ts";
import type { Engine } from "../engine.ts";
import { Moderator } from "../moderation.ts";
import { seenEntries } from "../past.ts";
import { act, checkMayWrite, checkOpen, eventNamed } from "../post-acts.ts";
import { postText } from "../posting.ts";
import { optionalText, optionalWhole, text } from "../request.ts";
import { isTalk } from "../talk.ts";
import type { Announced, FileRoom } from "./file-room.ts";
import type { DroppedFile, FilesKeeping, GotFile, SentFile, SharedFile } from "./files-api.ts";
import { sizeWords } from "./size-words.ts";

export interface FileApi {
  /**
   * Announces a file in a channel and holds it ready, as a sealed copy. Steps come as `file` events with the same `ref`.
   * @see path - absolute
   * @throws `file-unreadable`, `disk-full`, `bare-channel`, `not-allowed`, and as `send`
   */
  sendFile(request: {
    channel: string;
    path: string;
    text?: string;
    wait?: "saved" | "delivered";
    timeoutMs?: number;
    ref?: number;
  }): Promise<SentFile>;
  /**
   * Fetches a file (`id` as that of a post) and puts it to `to`, absolute: a directory, or the file that it is to be. Resolves when it is there; where
   * the client goes before, the node goes on, after a restart too. @throws `no-such-file`, `file-unwritable`, `disk-full`, `file-untrue`, `file-dropped`
   */
  getFile(request: { id: string; to: string; ref?: number }): Promise<GotFile>;
  /** The files of a channel, or of all, the newest last: of the last 1,000 messages of each. */
  files(request: { channel?: string }): Promise<SharedFile[]>;
  /** Lets go of what is kept of a file; where it is being fetched, that ends. @throws `no-such-file` */
  dropFile(request: { id: string }): Promise<DroppedFile>;
  /** How much is kept of others' files, to be given on; with `keepBytes` from now on. */
  keepFiles(request: { keepBytes?: number }): Promise<FilesKeeping>;
}

const LATE: ReadonlySet<string> = new Set(["timeout", "not-delivered", "store-failed", "stopping"]);
const LISTED_MAX = 1_000;
const KEEP_MAX = 2 ** 50;

export abstract class FileDoor extends Moderator implements FileApi {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    super(engine);
    this.#engine = engine;
  }

  abstract join(request: { channel: string }): Promise<unknown>;

  async sendFile(request: { channel: string; path: string; text?: string; ref?: number }): Promise<SentFile> {
    if (isTalk(text(request, "channel"))) await this.join({ channel: text(request, "channel") }); // as with `send`
    const channel = joinedChannel(this.#engine, request);
    const path = text(request, "path");
    if (!isAbsolute(path)) throw new ApiError("usage", '"path" must be an absolute path');
    const caption = optionalText(request, "text");
    if (caption !== undefined && caption !== "") postText(caption); // before long work
    checkOpen(this.#engine, channel.id);
    checkMayWrite(this.#engine, channel.id, "file");
    const info = await this.#room.seal(path, channel.id, refOf(request));
    const words = postText(
      [...(caption === undefined || caption === "" ? [] : [caption]), `${info.name}, ${sizeWords(info.size)}`].join("\n"),
    );
    const sent = await act(this.#engine, channel.id, { kind: "file", text: words, file: info }, request).catch((error: unknown) => {
      // A disk that is late, or members who are, change nothing about the file: it is announced all the same.
      if (error instanceof ApiError && !LATE.has(error.code)) void this.#room.drop(info.root);
      throw error;
    });
    await this.#room.announced(info.root);
    const { name, size, type, pixels, preview } = info;
    return { id: sent.id, channelId: channel.id, state: sent.state, name, size, type, pixels, preview };
  }

  async getFile(request: { id: string; to: string; ref?: number }): Promise<GotFile> {
    const to = text(request, "to");
    return this.#room.get(this.#announced(text(request, "id")), to, refOf(request));
  }

  async files(request: { channel?: string }): Promise<SharedFile[]> {
    const joined = this.#engine.joined();
    const named = joined.map((channel) => ({ ...channel, name: shownName(channel, joined) }));
    const channels = request.channel === undefined ? named : [joinedChannel(this.#engine, request)];
    return channels.flatMap((channel) => this.#filesIn(channel));
  }

  async dropFile(request: { id: string }): Promise<DroppedFile> {
    const { id, info } = this.#announced(text(request, "id"));
    return { id, freedBytes: await this.#room.drop(info.root) };
  }

  async keepFiles(request: { keepBytes?: number }): Promise<FilesKeeping> {
    const keepBytes = optionalWhole(request, "keepBytes", 0, KEEP_MAX);
    if (keepBytes !== undefined) await this.#room.keepAtMost(keepBytes);
    const { shelf } = this.#room;
    return { keepBytes: shelf.keepBytes, othersBytes: shelf.bytes(false), ownBytes: shelf.bytes(true) };
  }

  get #room(): FileRoom {
    this.#engine.checkRunning();
    if (this.#engine.files !== null) return this.#engine.files;
    throw new ApiError("usage", "a node that keeps nothing keeps no files either: give it a home");
  }

  /** What an event announces. @throws ApiError `usage`, `no-such-post`, `no-such-file` */
  #announced(word: string): Announced {
    const { channelId, event } = eventNamed(this.#engine, word);
    const info = fileIn(event);
    if (info === null) throw new ApiError("no-such-file", `${word} is no file but a text: "ptpchat files list" shows the files`);
    return { id: event.id, channelId, info };
  }

  #filesIn(channel: ChannelName): SharedFile[] {
    const query = { channelId: channel.id, most: LISTED_MAX };
    const entries = this.#engine.read(() => seenEntries(this.#engine, query, channelLabel(channel)));
    const files = entries.filter((entry): entry is Entry & { file: NonNullable<Entry["file"]> } => entry.file !== null);
    return files.flatMap((entry) => this.#shared(entry));
  }

  #shared({ id, channelId, channel, author, authorName, own, at, file }: Entry & { file: NonNullable<Entry["file"]> }): SharedFile[] {
    const [stored] = this.#engine.read(() => this.#engine.store.named(id, 1));
    const info = stored?.signed === undefined ? null : fileIn(stored.signed as Event);
    if (info === null) return [];
    const kept = this.#engine.files?.shelf.at(info.root);
    const isFetching = this.#engine.core.fetches().some(({ root }) => root === info.root);
    const state = isFetching ? "fetching" : kept === undefined ? "none" : kept.isWhole ? "here" : "part";
    return [{ ...file, id, channelId, channel, author, authorName, own, at, state, hereBytes: kept?.hereBytes ?? 0 }];
  }
}

function refOf(request: unknown): number | null {
  return optionalWhole(request, "ref", 0, Number.MAX_SAFE_INTEGER) ?? null;
}
