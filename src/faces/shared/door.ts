/** What a face is given of the node: its door, and the shapes of what comes through it. */
import type { Api, Subscribe } from "../../app/api.ts";
import type { BackupReport } from "../../app/backup/make.ts";
import type { RestoreReport } from "../../app/backup/restore.ts";
import type { ImportReport } from "../../app/import-archive.ts";
import type { RepairReport } from "../../app/repair.ts";
import type { ArchiveReport } from "../../app/verify-archive.ts";

export type PeerView = Awaited<ReturnType<Api["peers"]>>[number];
export type RouteView = Awaited<ReturnType<Api["routes"]>>[number];
export type WayToView = Awaited<ReturnType<Api["ways"]>>[number];
export type ChannelView = Awaited<ReturnType<Api["channels"]>>[number];
export type MemberView = Awaited<ReturnType<Api["members"]>>[number];
export type StoredKey = Awaited<ReturnType<Api["getkey"]>>["keys"][number];
export type NodeEvent = Parameters<Parameters<Subscribe>[0]>[0];
export type EventOf<Type extends NodeEvent["type"]> = Extract<NodeEvent, { readonly type: Type }>;
export type PathKind = PeerView["path"];
export type SessionRefusal = EventOf<"session-refused">["reason"];
export type ConnectStep = EventOf<"connect">["step"];
export type LifetimeStep = EventOf<"lifetime">["step"];
export type TcpFailure = Extract<Awaited<ReturnType<Api["doctor"]>>["vain"][number]["outcome"], `tcp-${string}` | `proxy-${string}`>;
export type ConnectFailure = Extract<ConnectStep, { readonly step: "failed" }>["reason"];

/** A node that a face talks to, in this process or over its socket. */
export interface Door {
  readonly api: Api;
  readonly subscribe: Subscribe;
  /** Resolves when the node has ended, by whomever. */
  readonly ended: Promise<void>;
  /** True when this process runs the node, so that leaving ends it. */
  readonly own: boolean;
  /** Lets go of the node: ends one of our own (LEAVE is said, everything flushed), detaches from another. */
  close(): Promise<void>;
}

/** How to run a node, from the command line. What is undefined has its default in `app`. */
export interface StartOptions {
  readonly home: string | undefined;
  readonly listen: string | undefined;
  readonly peers: readonly string[];
  readonly name: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly caFile: string | undefined;
  readonly keep?: string | undefined;
  readonly compatNodeId: boolean;
  readonly lan?: boolean;
  readonly map?: boolean;
  readonly tcp?: boolean;
  readonly mailbox?: boolean;
  readonly proxy?: string;
  readonly rendezvous: boolean;
}

/** Ways to a node; given to the faces by whoever starts them, so that tests can give others. */
export interface Doors {
  /** @throws ApiError `no-daemon` when no node runs on that home */
  attach(home: string | undefined): Promise<Door>;
  start(options: StartOptions): Promise<Door>;
  /** The keys of a home, while no node runs on it. */
  keys(home: string | undefined): Promise<KeyDoor>;
  archives(): Promise<ArchiveDoor>;
  /** A home as one file, and back. */
  backups(home: string | undefined): Promise<BackupDoor>;
  /**
   * Makes a new store of what can be read of a damaged one, while no node runs on the home.
   * @throws ApiError `no-keys`, `home-in-use`, `store-damaged`, `passphrase-needed`, `passphrase-wrong`, `store-failed`
   */
  repair(home: string | undefined, passphrase: PassphraseWays): Promise<RepairReport>;
}

/** A file that is written beside its place, and put there when it is whole. */
export interface WholeFile {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** What can be done with archives; `onProgress` is told how many bytes of the file are read. */
export interface ArchiveDoor {
  /** @throws ApiError `file-exists`, `file-unwritable` */
  create(path: string, over: boolean): Promise<WholeFile>;
  /** @throws ApiError `file-unreadable` */
  verify(path: string, onProgress: (readBytes: number) => void): Promise<ArchiveReport>;
  /** @throws ApiError `file-unreadable`, `archive-unreadable`, and as the node answers; then what went before is kept */
  import(path: string, api: Api, onProgress: (readBytes: number) => void): Promise<ImportReport>;
}

/** Where a passphrase may come from: a file where one is named, else a person. */
export interface PassphraseWays {
  readonly file: string | undefined;
  ask(): Promise<string>;
}

export interface BackupDoor {
  /** @throws ApiError `no-keys`, `passphrase-needed`, `passphrase-wrong`, `usage`, `file-exists`, `file-unwritable`, `store-damaged`, `store-failed` */
  make(how: {
    readonly to: string;
    readonly over: boolean;
    readonly keys: PassphraseWays;
    readonly passphrase: PassphraseWays;
    readonly onProgress: (bytes: number, ofBytes: number) => void;
  }): Promise<BackupReport>;
  /** @throws ApiError `file-exists`, `home-in-use`, `file-unreadable`, `backup-unreadable`, `passphrase-needed`, `passphrase-wrong`, `store-failed` */
  restore(how: { readonly from: string; readonly keys: PassphraseWays; readonly passphrase: PassphraseWays }): Promise<RestoreReport>;
}

/** What can be done to the keys of a home without a node. */
export interface KeyDoor {
  /** A request for a certificate, PEM. @throws ApiError `passphrase-needed`, `passphrase-wrong`, `key-damaged` */
  request(passphrase: PassphraseWays): Promise<string>;
  /** Takes in a certificate, PEM or DER. @throws ApiError `certificate-refused`, `home-in-use`, `no-keys`, `key-damaged` */
  install(certificate: Uint8Array): Promise<{ readonly nick: string; readonly notBefore: number; readonly notAfter: number }>;
  /**
   * Sets, changes or (`next` is null) takes away the passphrase.
   * @throws ApiError `passphrase-needed`, `passphrase-wrong`, `usage`, `home-in-use`, `no-keys`, `key-damaged`
   */
  changePassphrase(old: PassphraseWays, next: PassphraseWays | null): Promise<"passphrase" | "os-user">;
}
