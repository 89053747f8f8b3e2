/**
 * The files of a running node: blocks go from the core to the disk and back, files are sealed to be sent and put together
 * where the user wants them. cli.md "Files".
 */
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { type BlockOutput, type Command, type FileInfo, fileIn, keptBytes, type NodeConfig } from "../../core/index.ts";
import type { Guid } from "../../wire/index.ts";
import { ApiError } from "../api.ts";
import type { Engine } from "../engine.ts";
import type { BlockShelf } from "./block-shelf.ts";
import { checkRoom, diskFault } from "./disk-fault.ts";
import { safeName } from "./file-name.ts";
import type { FileEvent, GotFile } from "./files-api.ts";
import type { KeptFile, Wanted } from "./kept-file.ts";
import { PreviewMaker } from "./preview.ts";
import { putTogether } from "./putting.ts";
import { Rate } from "./rate.ts";
import { RecentBlocks } from "./recent-blocks.ts";
import { sealFile } from "./sealing.ts";

/** How often is told how far a file has come, in ms. */
const TELL_MS = 250;

/** Entries in which the announcement of a file is looked for that was sealed just before the node ended. */
const LOOKED_AT = 1_000;

/** A file in a channel, as an event announces it. */
export interface Announced {
  readonly id: string;
  readonly channelId: Guid;
  readonly info: FileInfo;
}

export class FileRoom {
  readonly shelf: BlockShelf;
  readonly #engine: Engine;
  readonly #config: NodeConfig;
  /** Files that are being put together, by root: they are not dropped for room. */
  readonly #puts = new Map<string, number>();
  readonly #recent = new RecentBlocks();
  readonly #previews: PreviewMaker;
  #isEnding = false;

  constructor(engine: Engine, shelf: BlockShelf) {
    this.#engine = engine;
    this.#config = engine.config;
    this.#previews = new PreviewMaker((why) => engine.log.info("no-preview", { why }));
    this.shelf = shelf;
  }

  /** Gives what is here, and goes on with what was being fetched. */
  begin(): void {
    for (const kept of [...this.shelf.all()]) {
      if (kept.about.announced === false && !this.#isAnnounced(kept)) {
        void this.shelf.remove(kept); // the node ended before it could be announced
        continue;
      }
      for (const channelId of kept.about.channels) this.#hold(kept, channelId);
      for (const wanted of [...kept.about.wanted]) this.#resume(kept, wanted);
    }
  }

  /** The announcement of a file that was sealed is on the disk. */
  async announced(root: string): Promise<void> {
    const kept = this.shelf.at(root);
    if (kept === undefined) return;
    kept.about.announced = true;
    await kept.note().catch(() => {}); // then it is looked for at the next start
  }

  #isAnnounced({ about }: KeptFile): boolean {
    return about.channels.some((channelId) =>
      this.#engine.store
        .history({ channelId, most: LOOKED_AT })
        .some(({ signed }) => signed !== undefined && fileIn(signed)?.root === about.root),
    );
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#previews.end();
    for (const kept of this.shelf.all())
      kept.fail(new ApiError("stopping", "the node is ending: it goes on with the file when it is started again"));
    await this.shelf.close();
  }

  /** What the core wants of blocks. */
  take(output: BlockOutput): void {
    if (output.kind === "read-block") void this.#read(output);
    else if (output.kind === "keep-block") void this.#keep(output);
    else void this.#onEnded(output.root, output.reason);
  }

  /** Seals a file, and holds it ready to be given. @throws ApiError as {@link sealFile} */
  async seal(path: string, channelId: Guid, ref: number | null): Promise<FileInfo> {
    const told = new Telling(this.#engine, { id: "", ref, name: safeName(basename(path)), size: 0 });
    const { crypto, random } = this.#config;
    const info = await sealFile(
      { crypto, random, directory: this.shelf.directory, previews: this.#previews },
      path,
      channelId,
      (done, size) => told.tell({ state: "sealing", doneBytes: done, size, givers: 0 }),
    ).catch((error: unknown) => {
      told.tell({ state: "failed", reason: error instanceof ApiError ? error.code : "internal" });
      throw error;
    });
    this.#hold(await this.shelf.adopt(info.root), channelId);
    return info;
  }

  /**
   * Fetches a file where it is not here, and puts it to where the user wants it.
   * @param to - a directory, or the file that it is to be
   * @throws ApiError `file-unwritable`, `disk-full`, `file-untrue`, `stopping`, `file-dropped`
   */
  async get(file: Announced, to: string, ref: number | null): Promise<GotFile> {
    const began = performance.now();
    const { root, size, blockBytes, name, type, pixels } = file.info;
    const [directory, as] = await placeOf(to, name);
    await checkRoom(directory, size);
    if (this.shelf.at(root) === undefined) await checkRoom(this.shelf.directory, size + keptBytes(file.info));
    const about = { version: 1, root, size, blockBytes, own: false, channels: [file.channelId], whole: false, usedAt: Date.now() } as const;
    const shelved = await this.shelf.begin({ ...about, channels: [...about.channels], wanted: [] }).catch((error: unknown) => {
      throw diskFault(this.shelf.directory, error);
    });
    const wanted: Wanted = { event: file.id, directory, name: as, part: null };
    shelved.about.usedAt = Date.now();
    shelved.about.wanted.push(wanted);
    await shelved.note();
    const path = await this.#put(shelved, file, wanted, ref);
    await this.#keepQuota();
    const ms = Math.round(performance.now() - began);
    return { id: file.id, path, size, type, pixels, ms, kept: this.shelf.at(root) !== undefined };
  }

  /** Lets go of the blocks of a file; who waits for it is told. @returns bytes of the disk that are free now */
  async drop(root: string): Promise<number> {
    const kept = this.shelf.at(root);
    if (kept === undefined) return 0;
    this.#tell({ kind: "let-file-go", root });
    kept.fail(new ApiError("file-dropped", "the file was dropped here while it was fetched"));
    const bytes = kept.about.whole
      ? kept.diskBytes
      : Math.round((kept.diskBytes * kept.hereBlocks) / Math.max(1, Math.ceil(kept.about.size / kept.about.blockBytes)));
    await this.shelf.remove(kept);
    return bytes;
  }

  /** Keeps no more of others than the user wants; the oldest goes first. */
  async keepAtMost(bytes: number): Promise<void> {
    await this.shelf.setKeep(bytes);
    await this.#keepQuota();
  }

  // ---- the core ----

  async #read({ read, root, level, index }: BlockOutput & { kind: "read-block" }): Promise<void> {
    const message = (await this.shelf.at(root)?.read(level, index)) ?? null;
    this.#engine.input({ kind: "block-read", read, message });
  }

  async #keep({ root, level, index, bytes }: BlockOutput & { kind: "keep-block" }): Promise<void> {
    const kept = this.shelf.at(root);
    if (kept === undefined) return;
    try {
      await kept.write(level, index, bytes);
      if (level === 0 && (this.#puts.get(root) ?? 0) > 0) this.#recent.put(kept, index, bytes);
      if (level === 0) kept.wake(index);
      this.#engine.input({ kind: "block-kept", root, level, index });
    } catch (error) {
      if (this.shelf.at(root) !== kept || this.#isEnding) return; // it was dropped meanwhile
      this.#tell({ kind: "let-file-go", root });
      kept.fail(diskFault(this.shelf.directory, error));
    }
  }

  async #onEnded(root: string, reason: "untrue" | null): Promise<void> {
    const kept = this.shelf.at(root);
    if (kept === undefined) return;
    if (reason === null) {
      this.#fetch(kept, kept.about.channels[0] as Guid); // where the disk has forgotten something meanwhile
      return kept.note().catch(() => {}); // what is not noted is found out at the next start
    }
    kept.fail(new ApiError("file-untrue", "the file is not what its author announced, so nobody can have it", reason));
    this.#tell({ kind: "let-file-go", root });
    await this.shelf.remove(kept).catch(() => {});
  }

  /** A node that is ending has let go of all of it. */
  #tell(command: Command): void {
    if (this.#engine.running) this.#engine.command(command);
  }

  #hold(kept: KeptFile, channelId: Guid): void {
    const { root, size, blockBytes } = kept.about;
    this.#tell({ kind: "hold-file", root, shape: { size, blockBytes }, channelId });
  }

  #fetch(kept: KeptFile, channelId: Guid): void {
    if (kept.isWhole) return;
    const { root, size, blockBytes } = kept.about;
    this.#tell({ kind: "fetch-file", root, shape: { size, blockBytes }, channelId, have: kept.have });
  }

  // ---- putting together ----

  async #put(kept: KeptFile, file: Announced, wanted: Wanted, ref: number | null): Promise<string> {
    const { root } = file.info;
    const told = new Telling(this.#engine, { id: file.id, ref, name: wanted.name, size: file.info.size });
    if (!kept.about.channels.includes(file.channelId)) kept.about.channels.push(file.channelId);
    kept.mend();
    this.#hold(kept, file.channelId);
    this.#fetch(kept, file.channelId);
    this.#puts.set(root, (this.#puts.get(root) ?? 0) + 1);
    const timer = setInterval(() => told.tell(this.#progress(kept)), TELL_MS);
    try {
      const path = await putTogether(this.#config.crypto, kept, this.#recent, file.info, wanted, () => this.#fetch(kept, file.channelId));
      told.tell({ state: "done", doneBytes: file.info.size, path, givers: 0 }, true);
      await this.#unwant(kept, wanted);
      return path;
    } catch (error) {
      const isLasting = !(error instanceof ApiError && error.code === "stopping");
      if (isLasting) await this.#unwant(kept, wanted);
      told.tell({ state: "failed", reason: error instanceof ApiError ? (error.reason ?? error.code) : "internal" }, true);
      throw error;
    } finally {
      clearInterval(timer);
      const left = (this.#puts.get(root) ?? 1) - 1;
      this.#puts.set(root, left);
      if (left === 0) this.#recent.forget(kept);
    }
  }

  #progress(kept: KeptFile): Omit<Told, "size"> {
    const view = this.#engine.core.fetches().find(({ root }) => root === kept.about.root);
    return {
      state: view !== undefined && view.present === 0 ? "waiting" : "fetching",
      doneBytes: kept.hereBytes,
      givers: view?.givers ?? 0,
    };
  }

  async #unwant(kept: KeptFile, wanted: Wanted): Promise<void> {
    kept.about.wanted = kept.about.wanted.filter((each) => each !== wanted);
    if (this.shelf.at(kept.about.root) === kept) await kept.note().catch(() => {}); // what is noted too long is put once more
  }

  /** The node ended while a file was being fetched: it goes on, where the event is still here that has the key. */
  #resume(kept: KeptFile, wanted: Wanted): void {
    const [entry] = this.#engine.store.named(wanted.event, 1);
    const info = entry?.signed === undefined ? null : fileIn(entry.signed);
    if (entry === undefined || info === null || info.root !== kept.about.root) return void this.#unwant(kept, wanted);
    this.#put(kept, { id: wanted.event, channelId: entry.channelId, info }, wanted, null).then(
      () => this.#keepQuota(),
      (error: unknown) => this.#engine.log.warn("file-not-put", { code: error instanceof ApiError ? error.code : "internal" }),
    );
  }

  async #keepQuota(): Promise<void> {
    const others = [...this.shelf.all()].filter(
      ({ about }) => !about.own && about.wanted.length === 0 && (this.#puts.get(about.root) ?? 0) === 0,
    );
    others.sort((a, b) => a.about.usedAt - b.about.usedAt);
    for (const kept of others) {
      if (this.shelf.bytes(false) <= this.shelf.keepBytes) return;
      await this.drop(kept.about.root);
    }
  }
}

/** Where a file is to be: a directory and a name in it. @throws ApiError `usage`, `file-unwritable` */
async function placeOf(to: string, name: string): Promise<[directory: string, name: string]> {
  if (!isAbsolute(to)) throw new ApiError("usage", '"to" must be an absolute path');
  if (await isDirectory(to)) return [to, safeName(name)];
  if (!to.endsWith("/") && (await isDirectory(dirname(to)))) return [dirname(to), basename(to)];
  throw new ApiError("file-unwritable", `there is no directory ${to.endsWith("/") ? to : dirname(to)}: make it first`, "ENOENT");
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

type Told = Omit<FileEvent, "type" | "id" | "ref" | "name" | "bytesPerSecond" | "leftMs">;

/** Tells how far one file has come, not too often. */
class Telling {
  readonly #engine: Engine;
  readonly #about: { readonly id: string; readonly ref: number | null; readonly name: string; readonly size: number };
  readonly #rate = new Rate();
  #toldAt = 0;

  constructor(engine: Engine, about: { readonly id: string; readonly ref: number | null; readonly name: string; readonly size: number }) {
    this.#engine = engine;
    this.#about = about;
  }

  tell(told: Partial<Told> & Pick<Told, "state">, isLast = false): void {
    const now = performance.now();
    const doneBytes = told.doneBytes ?? 0;
    if (!isLast && now - this.#toldAt < TELL_MS * 0.9) return;
    this.#toldAt = now;
    this.#rate.note(now, doneBytes);
    const size = told.size ?? this.#about.size;
    const { bytesPerSecond } = this.#rate;
    const leftMs = bytesPerSecond === null || bytesPerSecond <= 0 ? null : Math.round((1_000 * (size - doneBytes)) / bytesPerSecond);
    this.#engine.audience.tell({ type: "file", givers: 0, ...this.#about, ...told, doneBytes, size, bytesPerSecond, leftMs });
  }
}

/** Where blocks lie in a home. */
export function filesDirectory(home: string): string {
  return join(home, "files");
}
