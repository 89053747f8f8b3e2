/** Writes the entries of the history: texts without a signature, signed events, and the logs in which these lie. */
import type { Statement } from "better-sqlite3-multiple-ciphers";
import type { ChannelHash, LogMove, LogRow, Opened, StoredEvent, StoredSigned } from "../core/index.ts";
import { asSeen } from "../core/log/event.ts";
import type { Guid, InstanceId, NodeId } from "../wire/index.ts";
import type { Connection } from "./connection.ts";
import { NUMBERS_MAX } from "./limits.ts";
import { bytesOf, type RetentionWriter } from "./retention-writer.ts";
import { depsBytes, detailsText, guidBytes, hlcOf, idBytes, outerText, signatureBytes, targetBytes } from "./row.ts";

export class EventWriter {
  readonly #statements: Statements;
  readonly #retention: RetentionWriter;
  /** The numbers of channels and logs, so that most events need not look them up. */
  readonly #numbers = new Map<string, number>();
  /** The lowest and highest number on the disk of each log, by its number: what lies outside is not there, and not looked for. */
  readonly #spans = new Map<number, Span>();
  /** Of each log, by number, how it is after the batches under way: in a sync it changes with every event. */
  readonly #logs = new Map<number, LogRow>();

  constructor(db: Connection, retention: RetentionWriter) {
    this.#retention = retention;
    this.#statements = prepare(db);
  }

  /** What was written since the last commit is not there. */
  rolledBack(): void {
    this.#numbers.clear();
    this.#spans.clear();
    this.#logs.clear();
  }

  keepEvent({ id, channelId, author, own, kind, at, body, verified }: StoredEvent): void {
    const hlc = hlcOf(Math.floor(at));
    const channel = this.#channel(channelId);
    const { changes } = this.#statements.keepEvent.run(idBytes(id), channel, own ? 1 : 0, verified ? 1 : 0, kind, hlc, author, body);
    if (changes > 0) this.#retention.count(channel, bytesOf(Buffer.byteLength(body), 0, 0));
  }

  keepSigned({ channelId, own, event, branch, seen, waits, key }: StoredSigned): void {
    const { channel, author, inst, seq, prev, deps, hlc } = event;
    const { kind, text, details } = seen ?? event;
    const log = this.#log(channel, author, inst);
    const id = idBytes(event.id);
    const sig = signatureBytes(event.sig);
    const held = this.#held(log, seq, id);
    if (held !== undefined) {
      if (held.branch !== branch || (held.isUnsigned === 1 && sig !== null)) this.#statements.replace.run(branch, sig, held.seq);
      return;
    }
    const ofChannel = this.#channel(channelId);
    const below = prev === null ? null : idBytes(prev);
    const [depsAsBytes, detailsAsText] = [depsBytes(deps), detailsText(details)];
    const signed = seen === undefined ? null : outerText(event);
    const messageKey = key === undefined ? null : Buffer.from(key);
    const rest = [
      sig,
      depsAsBytes,
      detailsAsText,
      text,
      targetBytes(asSeen(event, seen ?? null)),
      signed,
      waits ?? null,
      messageKey,
    ] as const;
    this.#statements.keepSigned.run(id, ofChannel, own ? 1 : 0, kind, hlc, log, seq, branch, below, ...rest);
    const detailsBytes = Buffer.byteLength(detailsAsText ?? "") + Buffer.byteLength(signed ?? "");
    this.#retention.count(ofChannel, bytesOf(Buffer.byteLength(text), detailsBytes, depsAsBytes?.length ?? 0));
  }

  /** The row of an event that is there already. Of most it is known without a look, since they come after or before all of their log. */
  #held(log: number, seq: number, id: Buffer): HeldRow | undefined {
    const span = this.#spans.get(log) ?? this.#statements.span.get(log, log) ?? EMPTY;
    const held = span.low <= seq && seq <= span.high ? this.#statements.held.get(log, seq, id) : undefined;
    if (this.#spans.size >= NUMBERS_MAX) this.#spans.clear();
    this.#spans.set(log, { low: Math.min(span.low, seq), high: Math.max(span.high, seq) });
    return held;
  }

  /** What was kept unopened is as people see it from here on, and is found by its words like all else. */
  open(channelId: Guid, { channel, author, inst, seq, id, seen, key }: Opened): void {
    const log = this.#log(channel, author, inst);
    const row = this.#statements.waiting.get(log, seq, idBytes(id));
    if (row === undefined) return;
    const details = detailsText(seen.details);
    const target = targetBytes({ ...seen, hlc: row.hlc });
    this.#statements.open.run(seen.kind, seen.text, details, target, key === null ? null : Buffer.from(key), row.seq);
    this.#retention.grow(
      this.#channel(channelId),
      bytesOf(Buffer.byteLength(seen.text), Buffer.byteLength(details ?? ""), 0) - bytesOf(0, 0, 0),
    );
    this.#retention.index(row.seq, seen);
  }

  move(channel: ChannelHash, { author, inst, from, to, low, high }: LogMove): void {
    this.#statements.move.run(to, this.#log(channel, author, inst), low, high, from);
  }

  keepLog(channel: ChannelHash, row: LogRow): void {
    this.#logs.set(this.#log(channel, row.author, row.inst), row);
  }

  /** Writes how the logs are, before a commit. */
  settle(): void {
    for (const [log, { floor, branches }] of this.#logs) this.#statements.keepLog.run(floor, JSON.stringify(branches), log);
    this.#logs.clear();
  }

  #channel(guid: Guid): number {
    return this.#number(guid, () => {
      const { channel, addChannel } = this.#statements;
      return channel.get(guidBytes(guid)) ?? (addChannel.get(guidBytes(guid)) as number);
    });
  }

  #log(channel: ChannelHash, author: NodeId, inst: InstanceId): number {
    return this.#number(`${channel} ${author} ${inst}`, () => {
      const { log, addLog } = this.#statements;
      return log.get(channel, author, inst) ?? (addLog.get(channel, author, inst) as number);
    });
  }

  #number(name: string, find: () => number): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#numbers.size >= NUMBERS_MAX) this.#numbers.clear();
    const number = find();
    this.#numbers.set(name, number);
    return number;
  }
}

type Statements = ReturnType<typeof prepare>;

interface Span {
  readonly low: number;
  readonly high: number;
}

const EMPTY: Span = { low: Number.POSITIVE_INFINITY, high: 0 };

interface HeldRow {
  seq: number;
  branch: number;
  isUnsigned: number;
}

function prepare(db: Connection) {
  const run = <Values extends unknown[]>(sql: string): Statement<Values> => db.prepare<Values>(sql);
  const number = <Values extends unknown[]>(sql: string) => db.prepare<Values, number>(sql).pluck();
  type Bytes = Buffer | null;
  return {
    channel: number<[Buffer]>("SELECT n FROM channel_guid WHERE guid = ?"),
    addChannel: number<[Buffer]>("INSERT INTO channel_guid (guid) VALUES (?) RETURNING n"),
    log: number<[string, string, string]>("SELECT n FROM log WHERE channel = ? AND author = ? AND inst = ?"),
    addLog: number<[string, string, string]>("INSERT INTO log (channel, author, inst) VALUES (?, ?, ?) RETURNING n"),
    keepLog: run<[number, string, number]>("UPDATE log SET floor = ?, branches = ? WHERE n = ?"),
    // An id that is there already is the same entry come again.
    keepEvent: run<[Buffer, number, number, number, string, number, string, string]>(
      `INSERT INTO event (id, channel, own, verified, kind, hlc, author, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) WHERE log IS NULL DO NOTHING`,
    ),
    // Each of both by itself: together they would be looked for in all of the log.
    span: db.prepare<[number, number], Span>(
      `SELECT low, high FROM (
         SELECT (SELECT min(log_seq) FROM event WHERE log = ?) AS low, (SELECT max(log_seq) FROM event WHERE log = ?) AS high
       ) WHERE low IS NOT NULL`,
    ),
    held: db.prepare<[number, number, Buffer], HeldRow>(
      "SELECT seq, branch, sig IS NULL AS isUnsigned FROM event WHERE log = ? AND log_seq = ? AND id = ?",
    ),
    keepSigned: run<
      [
        ...[Buffer, number, number, string, number, number, number, number, Bytes, Bytes, Bytes, string | null, string, Bytes],
        ...[string | null, number | null, Bytes],
      ]
    >(
      `INSERT INTO event (id, channel, own, verified, kind, hlc, log, log_seq, branch, prev, sig, deps, details, body, target, signed, waits, message_key)
       VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    waiting: db.prepare<[number, number, Buffer], { seq: number; hlc: number }>(
      "SELECT seq, hlc FROM event WHERE log = ? AND log_seq = ? AND id = ? AND waits IS NOT NULL",
    ),
    open: run<[string, string, string | null, Bytes, Bytes, number]>(
      "UPDATE event SET kind = ?, body = ?, details = ?, target = ?, message_key = ?, waits = NULL WHERE seq = ?",
    ),
    replace: run<[number, Bytes, number]>("UPDATE event SET branch = ?, sig = coalesce(sig, ?) WHERE seq = ?"),
    move: run<[number, number, number, number, number]>(
      "UPDATE event SET branch = ? WHERE log = ? AND log_seq BETWEEN ? AND ? AND branch = ?",
    ),
  };
}
