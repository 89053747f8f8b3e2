/**
 * All that can still be read of a store whose file is damaged: page by page, each proved by its seal, with no index and no header needed.
 * What was said is found on any page that has rows of it; what the user decided (contacts, channels, quotas and the like) only where the
 * tree that it belongs to still leads to it, so that nothing comes back that was taken away. ADR 0011.
 */
import { VERIFIED_BY } from "../../core/contacts.ts";
import type {
  ChannelHash,
  Event,
  LogRow,
  Quiet,
  StoredChannel,
  StoredContact,
  StoredEvent,
  StoredKey,
  StoredMember,
  StoredNick,
  StoredPrekey,
  StoredQuiet,
  StoredQuota,
  StoredSenderKey,
  StoredSigned,
} from "../../core/index.ts";
import {
  type Endpoint,
  type Guid,
  type InstanceId,
  isGuid,
  type NodeId,
  parseEventId,
  parseInstanceId,
  parseNodeId,
} from "../../wire/index.ts";
import { eventOf, guidOf, idOf, type SignedRow, seenEventOf } from "../row.ts";
import { PAGE_BYTES, type PagePrimitives } from "./page-cipher.ts";
import { PageFile } from "./page-file.ts";
import { freePages, isTableLeaf, type Row, rowOn, rowsOn, treeRows, type Value } from "./tree.ts";

export interface SalvageOptions {
  readonly file: string;
  /** 32 bytes, as for the store. */
  readonly key: Uint8Array;
  readonly primitives: PagePrimitives;
}

/** A log of which something is left. */
export interface SalvagedLog {
  readonly channel: ChannelHash;
  readonly author: NodeId;
  readonly inst: InstanceId;
  /** How the log was, where that still reads. */
  readonly row: LogRow | null;
  /** Its events, the latest first, as they were kept: nothing is proved of them. Some may come twice. */
  readonly events: () => Iterable<SalvagedEvent>;
}

/** An event as it was signed, and how it was kept where people see something else of it. */
export interface SalvagedEvent {
  readonly event: Event;
  readonly sight: Pick<StoredSigned, "seen" | "waits" | "key">;
}

/** What the user decided, and what the node noted beside the history. */
export interface SalvagedRest {
  readonly channels: readonly StoredChannel[];
  readonly members: readonly StoredMember[];
  readonly keys: readonly StoredKey[];
  readonly contacts: readonly StoredContact[];
  readonly nicks: readonly StoredNick[];
  readonly quietNodes: readonly StoredQuiet[];
  readonly quotas: readonly StoredQuota[];
  readonly prekeys: readonly StoredPrekey[];
  readonly senderKeys: readonly StoredSenderKey[];
}

/** Rows of a page are found again by their place: fewer than this lie on one. */
const CELLS_MAX = 4_096;
/** SQLite takes its locks on the bytes from 1 GiB on, and writes no page there. */
const LOCK_PAGE = 0x4000_0000 / PAGE_BYTES + 1;
/** The columns of an event that every schema since the third has. */
const EVENT_VALUES = 16;

interface Place {
  readonly seq: number;
  /** Page and cell in one number. */
  readonly at: number;
}

export class Salvage {
  readonly #file: PageFile;
  readonly #roots = new Map<string, number>();
  readonly #free: ReadonlySet<number>;
  readonly #names = new Map<number, Omit<SalvagedLog, "row" | "events">>();
  readonly #rows = new Map<number, LogRow>();
  readonly #places = new Map<number, Place[]>();
  readonly #texts: number[] = [];

  /** @throws what the file system says */
  constructor({ file, key, primitives }: SalvageOptions) {
    this.#file = new PageFile(file, key, primitives);
    this.#free = freePages(this.#file);
    for (let n = 1; n <= this.#file.pageCount; n++) this.#look(n);
  }

  close(): void {
    this.#file.close();
  }

  get pages(): number {
    return this.#file.pageCount;
  }

  get damagedPages(): number {
    return this.#file.damaged.size + this.#file.lostFrames;
  }

  logs(): SalvagedLog[] {
    return [...this.#names].map(([n, name]) => ({ ...name, row: this.#rows.get(n) ?? null, events: () => this.#events(n, name) }));
  }

  /** Signed events of logs whose names are lost: nobody can tell any more what they are events of. */
  get nameless(): number {
    let count = 0;
    for (const [n, places] of this.#places) if (!this.#names.has(n)) count += places.length;
    return count;
  }

  /** Entries without a signature, in the order in which they were kept. */
  *texts(): Generator<StoredEvent> {
    const guids = this.#guids();
    const rows = this.#texts.flatMap((at) => this.#rowAt(at) ?? []).sort((a, b) => (a.rowid ?? 0) - (b.rowid ?? 0));
    for (const { values } of rows) {
      const text = textOf(values, guids);
      if (text !== null) yield text;
    }
  }

  rest(): SalvagedRest {
    return {
      channels: this.#of("channel", channelOf),
      members: this.#of("member", memberOf),
      keys: this.#of("channel_key", keyOf),
      contacts: this.#of("contact", contactOf),
      nicks: this.#of("nick", nickOf),
      quietNodes: this.#of("quiet", quietOf),
      quotas: this.#of("quota", quotaOf),
      prekeys: this.#of("prekey", prekeyOf),
      senderKeys: this.#of("sender_key", senderKeyOf),
    };
  }

  // ---- within ----

  /** Notes what a page has. */
  #look(n: number): void {
    if (n === LOCK_PAGE || (this.#free.has(n) && !this.#file.isCutOff(n))) return;
    const isTable = isTableLeaf(this.#file, n);
    for (const [at, row] of rowsOn(this.#file, n).entries()) {
      if (!isTable) this.#noteName(logNameOf(row.values, 0), row.values[3]);
      else if (!this.#noteEvent(row.values, n * CELLS_MAX + at)) this.#noteTableRow(row);
    }
  }

  #noteTableRow(row: Row): void {
    const { rowid, values } = row;
    this.#noteName(logNameOf(values, 1), rowid);
    const [type, name, , root] = values;
    if (type === "table" && typeof name === "string" && typeof root === "number" && typeof values[4] === "string")
      this.#roots.set(name, root);
    const log = logRowOf(values);
    if (log === null || rowid === null) return;
    const known = this.#rows.get(rowid);
    if (known === undefined || topOf(log) >= topOf(known)) this.#rows.set(rowid, log);
  }

  /** The name of a log stands in its row, and once more in the index that keeps names apart. */
  #noteName(name: ReturnType<typeof logNameOf>, n: unknown): void {
    if (name !== null && typeof n === "number") this.#names.set(n, name);
  }

  #noteEvent(values: readonly Value[], at: number): boolean {
    const [, id, channel, , , kind, hlc, author, log, seq] = values;
    if (values.length < EVENT_VALUES || !Buffer.isBuffer(id) || typeof channel !== "number" || typeof kind !== "string") return false;
    if (typeof hlc !== "number" || typeof values[15] !== "string") return false;
    if (log === null && typeof author === "string") {
      this.#texts.push(at);
      return true;
    }
    if (typeof log !== "number" || typeof seq !== "number") return false;
    const places = this.#places.get(log);
    if (places === undefined) this.#places.set(log, [{ seq, at }]);
    else places.push({ seq, at });
    return true;
  }

  #rowAt(at: number): Row | null {
    return rowOn(this.#file, Math.floor(at / CELLS_MAX), at % CELLS_MAX);
  }

  *#events(n: number, name: Omit<SalvagedLog, "row" | "events">): Generator<SalvagedEvent> {
    const places = (this.#places.get(n) ?? []).sort((a, b) => b.seq - a.seq);
    for (const { at } of places) {
      const event = this.#eventAt(at, name);
      if (event !== null) yield event;
    }
  }

  #eventAt(at: number, { channel, author, inst }: Omit<SalvagedLog, "row" | "events">): SalvagedEvent | null {
    const values = this.#rowAt(at)?.values;
    if (values === undefined) return null;
    const [, id, , , , kind, hlc, , , log_seq, , prev, sig, deps, details, body, , signed = null, waits = null, key = null] = values;
    try {
      const row = { id, channel, author, inst, log_seq, prev, deps, hlc, kind, body, details, sig, signed } as SignedRow;
      const { kind: seenKind, text, details: seenDetails } = seenEventOf(row);
      const seen = signed === null ? {} : { seen: { kind: seenKind, text, details: seenDetails } };
      const opened = isKeyBytes(key) ? { ...seen, key: new Uint8Array(key) } : seen;
      return { event: eventOf(row), sight: typeof waits === "number" ? { ...seen, waits } : opened };
    } catch {
      return null; // details that are no JSON: never written so
    }
  }

  #of<T>(table: string, read: (values: readonly Value[]) => T | null): T[] {
    const root = this.#roots.get(table);
    if (root === undefined) return [];
    return [...treeRows(this.#file, root)].flatMap(({ values }) => read(values) ?? []);
  }

  /** The GUIDs of channels by the numbers that stand for them in entries. */
  #guids(): Map<number, Guid> {
    const root = this.#roots.get("channel_guid");
    const rows = root === undefined ? [] : [...treeRows(this.#file, root)];
    return new Map(rows.flatMap(({ rowid, values: [, guid] }) => (rowid !== null && isGuidBytes(guid) ? [[rowid, guidOf(guid)]] : [])));
  }
}

/** The highest seq that a log had. */
export function topOf({ branches }: LogRow): number {
  return Math.max(0, ...branches.map(([, { stretches }]) => stretches.at(-1)?.high ?? 0));
}

function logNameOf(values: readonly Value[], from: number): { channel: ChannelHash; author: NodeId; inst: InstanceId } | null {
  const [channel, author, inst] = values.slice(from, from + 3);
  if (typeof channel !== "string" || typeof author !== "string" || typeof inst !== "string") return null;
  if (parseEventId(channel) === null || parseNodeId(author) === null || parseInstanceId(inst) === null) return null;
  return { channel: channel as ChannelHash, author: author as NodeId, inst: inst as InstanceId };
}

function logRowOf(values: readonly Value[]): LogRow | null {
  const name = logNameOf(values, 1);
  const [floor, branches] = values.slice(4);
  if (name === null || typeof floor !== "number" || typeof branches !== "string") return null;
  try {
    return { author: name.author, inst: name.inst, floor, branches: JSON.parse(branches) as LogRow["branches"] };
  } catch {
    return null;
  }
}

function isKeyBytes(value: unknown): value is Buffer {
  return Buffer.isBuffer(value) && value.length === 32;
}

function isGuidBytes(value: unknown): value is Buffer {
  return Buffer.isBuffer(value) && value.length === 16 && isGuid(guidOf(value));
}

function textOf(values: readonly Value[], guids: ReadonlyMap<number, Guid>): StoredEvent | null {
  const [, id, channel, own, verified, kind, hlc, author] = values;
  const body = values[15];
  const channelId = guids.get(channel as number);
  if (channelId === undefined || !Buffer.isBuffer(id) || id.length !== 16) return null;
  if (typeof author !== "string" || typeof kind !== "string" || typeof hlc !== "number" || typeof body !== "string") return null;
  return { id: idOf(id), channelId, author, own: own === 1, kind, at: Math.floor(hlc / 1_000), body, verified: verified === 1 };
}

function channelOf([id, name, mode, joinedAt, , genesis, pair]: readonly Value[]): StoredChannel | null {
  if (!isGuidBytes(id) || typeof name !== "string" || typeof joinedAt !== "number") return null;
  const fields = { id: guidOf(id), name, joinedAt };
  if (mode === "bare") return { ...fields, mode };
  if (mode !== "open") return null;
  // Nothing tells whether all is left of the log that we wrote: what comes next is written in a new one.
  const made = typeof genesis === "string" ? { genesis: genesis as ChannelHash } : {};
  return { ...fields, mode, inst: null, ...made, ...(typeof pair === "string" ? { pair: pair as NodeId } : {}) };
}

function memberOf([channel, endpoint, heardAt]: readonly Value[]): StoredMember | null {
  if (!isGuidBytes(channel) || typeof endpoint !== "string" || typeof heardAt !== "number") return null;
  return { channelId: guidOf(channel), endpoint: endpoint as Endpoint, heardAt };
}

function keyOf([, channel, from, cipher, key, at]: readonly Value[]): StoredKey | null {
  if (!isGuidBytes(channel) || typeof from !== "string" || typeof cipher !== "string" || typeof key !== "string" || typeof at !== "number")
    return null;
  return { channelId: guidOf(channel), from: from as Endpoint, cipher, key, at };
}

function contactOf([nodeId, name, addedAt, verifiedAt = null, by, path]: readonly Value[]): StoredContact | null {
  if (typeof nodeId !== "string" || parseNodeId(nodeId) === null || typeof name !== "string" || typeof addedAt !== "number") return null;
  const verifiedBy = VERIFIED_BY.find((each) => each === by);
  return {
    nodeId,
    name,
    addedAt,
    verifiedAt: typeof verifiedAt === "number" ? verifiedAt : null,
    ...(verifiedBy === undefined ? {} : { verifiedBy }),
    ...(path === "relay" || path === "lan" ? { path } : {}),
  };
}

function nickOf([nodeId, nick, at, said]: readonly Value[]): StoredNick | null {
  if (typeof nodeId !== "string" || parseNodeId(nodeId) === null || typeof nick !== "string" || typeof at !== "number") return null;
  return { nodeId, nick, at, ...(typeof said === "number" ? { said } : {}) };
}

function quietOf([nodeId, how, at]: readonly Value[]): StoredQuiet | null {
  if (typeof nodeId !== "string" || parseNodeId(nodeId) === null || (how !== "muted" && how !== "blocked") || typeof at !== "number")
    return null;
  return { nodeId, how: how as Quiet, at };
}

function quotaOf([guid, bytes = null, days = null]: readonly Value[]): StoredQuota | null {
  if (!Buffer.isBuffer(guid) || (guid.length !== 0 && !isGuidBytes(guid))) return null;
  const quota = { bytes: typeof bytes === "number" ? bytes : null, days: typeof days === "number" ? days : null };
  return { channelId: guid.length === 0 ? null : guidOf(guid), quota };
}

function prekeyOf([channel, id, publicKey, secretKey, madeAt, replacedAt = null]: readonly Value[]): StoredPrekey | null {
  if (typeof channel !== "string" || typeof id !== "string" || typeof madeAt !== "number") return null;
  if (!Buffer.isBuffer(publicKey) || !Buffer.isBuffer(secretKey) || publicKey.length !== 32 || secretKey.length !== 32) return null;
  const replaced = typeof replacedAt === "number" ? replacedAt : null;
  return { channel: channel as ChannelHash, id, publicKey, secretKey, madeAt, replacedAt: replaced };
}

function senderKeyOf([channel, author, epoch, key, at]: readonly Value[]): StoredSenderKey | null {
  if (typeof channel !== "string" || typeof author !== "string" || parseNodeId(author) === null) return null;
  if (typeof epoch !== "number" || typeof at !== "number" || !Buffer.isBuffer(key) || key.length !== 32) return null;
  return { channel: channel as ChannelHash, author: author as NodeId, epoch, key, at };
}
