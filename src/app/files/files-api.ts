/** Files at the door of a node: what is asked and told of them. A part of `api.ts`. cli.md "Files". */
import type { PostState } from "../../core/index.ts";

/** What is shown of a file. `name` is as its author wrote it: faces escape it, and nothing takes it for a path. */
export interface FileView {
  readonly name: string;
  readonly size: number;
  /** A media type, by its author's word. */
  readonly type: string;
  /** Of an image. */
  readonly pixels: { readonly width: number; readonly height: number } | null;
  /** A small image, in base64; null for all others. */
  readonly preview: string | null;
}

export interface SharedFile extends FileView {
  /** The id of the event that announced it. */
  readonly id: string;
  readonly channelId: string;
  /** `#name`, or the GUID of a channel without one. */
  readonly channel: string;
  readonly author: string;
  readonly authorName: string;
  readonly own: boolean;
  readonly at: number;
  /** `here`: all of it is kept on this node; `part`: some is, and none is fetched now; `none`: nothing. */
  readonly state: "here" | "part" | "fetching" | "none";
  /** Bytes of it that are here. */
  readonly hereBytes: number;
}

export interface SentFile extends FileView {
  readonly id: string;
  readonly channelId: string;
  readonly state: Extract<PostState, "saved" | "delivered">;
}

export interface GotFile extends Pick<FileView, "type" | "pixels"> {
  readonly id: string;
  /** Where it is now. */
  readonly path: string;
  readonly size: number;
  readonly ms: number;
  /** Its blocks stay here, to be given on; false where they do not fit what is kept of others. */
  readonly kept: boolean;
}

export interface DroppedFile {
  readonly id: string;
  readonly freedBytes: number;
}

export interface FilesKeeping {
  /** Bytes of others' files that are kept at most, to be given on. */
  readonly keepBytes: number;
  /** Bytes of others' files, and of one's own, that are kept now. */
  readonly othersBytes: number;
  readonly ownBytes: number;
}

/** How far a file has come, some times a second. */
export interface FileEvent {
  readonly type: "file";
  /** The event that announces it; of one that is being sent, empty. */
  readonly id: string;
  /** Of a request with one. */
  readonly ref: number | null;
  readonly name: string;
  /** `sealing`: it is read to be sent; `fetching`; `waiting`: nobody is there to give it; `done`; `failed` with a reason. */
  readonly state: "sealing" | "fetching" | "waiting" | "done" | "failed";
  readonly doneBytes: number;
  readonly size: number;
  /** Of the last seconds; null while it is not known. */
  readonly bytesPerSecond: number | null;
  readonly leftMs: number | null;
  /** Members that have given something. */
  readonly givers: number;
  readonly path?: string;
  readonly reason?: string;
}
