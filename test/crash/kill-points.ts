/**
 * Loaded into a daemon before anything else (`node --import`): makes it kill itself at one of the {@link POINTS}. Nothing
 * of this is in the program; it stands around what the program calls: the writer's thread, its database, sockets.
 *
 * Before it dies it notes the point in the file PTPCHAT_TEST_KILLS, so that a test can count the kills that happened.
 */
import { Socket as Datagrams } from "node:dgram";
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";
import process from "node:process";
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from "node:worker_threads";
import Database from "better-sqlite3-multiple-ciphers";
import { type Arming, POINTS, type Point } from "./points.ts";

const KEY = "ptpchat-test-kill";
const NONE = -1;

/** Shared by both threads: the number of the point, and how often it may still be passed. */
const armed: Int32Array<SharedArrayBuffer> = isMainThread
  ? new Int32Array(new SharedArrayBuffer(8)).fill(NONE)
  : (getEnvironmentData(KEY) as unknown as Int32Array<SharedArrayBuffer>);

/** The daemon comes by a point. */
function pass(point: Point): void {
  if (Atomics.load(armed, 0) !== POINTS.indexOf(point) || Atomics.sub(armed, 1, 1) > 0) return;
  appendFileSync(process.env.PTPCHAT_TEST_KILLS ?? "", `${point}\n`);
  process.kill(process.pid, "SIGKILL");
  for (;;); // until the signal is here, nothing more is done
}

function arm({ point, after }: Arming): void {
  Atomics.store(armed, 1, after);
  Atomics.store(armed, 0, POINTS.indexOf(point));
}

if (isMainThread) watchMain();
else watchWriter();

// ---- the main thread ----

interface Write {
  readonly kind: string;
  readonly id: number;
  readonly batch: readonly { readonly kind: string; readonly own?: boolean }[];
}

function watchMain(): void {
  setEnvironmentData(KEY, armed as never);
  const given = process.env.PTPCHAT_TEST_KILL;
  if (given !== undefined) arm(JSON.parse(given) as Arming);
  process.on("message", (arming: Arming) => arm(arming));
  process.channel?.unref();
  watchMaking();
  watchBatches();
  watchDatagrams();
  watchAnswers();
}

/** Of the batches that the writer has: whether somebody else's event is in it. */
const isReceived = new Map<number, boolean>();
/** Events of others are on the disk, and their ACKs have not left. */
let owesAck = false;

function watchMaking(): void {
  const { prepare, exec } = Database.prototype;
  Database.prototype.prepare = function (this: Database, sql: string) {
    pass("start: while a new store is made");
    return prepare.call(this, sql) as never;
  };
  Database.prototype.exec = function (this: Database, sql: string) {
    pass("start: while a new store is made");
    exec.call(this, sql);
    pass("start: while a new store is made");
  };
}

function watchBatches(): void {
  const { postMessage, emit } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, message: Write, ...rest: never[]) {
    const signed = message.kind === "write" ? message.batch.filter(({ kind }) => kind === "signed") : [];
    const isOwn = signed.some(({ own }) => own === true);
    if (signed.length > 0) isReceived.set(message.id, !isOwn);
    if (isOwn) pass("append: before the batch goes to the writer");
    postMessage.call(this, message, ...rest);
    if (isOwn) pass("append: once the batch is with the writer");
  };
  Worker.prototype.emit = function (this: Worker, name: string, ...words: never[]) {
    const report = words[0] as { kind?: string; answers?: readonly { id: number; fault: unknown }[] } | undefined;
    const kept = name === "message" && report?.kind === "answers" ? (report.answers ?? []) : [];
    if (kept.some(({ id, fault }) => fault === null && isReceived.get(id) === true)) {
      pass("acknowledge: committed, the core not told");
      owesAck = true;
    }
    for (const { id } of kept) isReceived.delete(id);
    return emit.call(this, name as "message", ...words);
  };
}

function watchDatagrams(): void {
  const { send } = Datagrams.prototype;
  Datagrams.prototype.send = function (this: Datagrams, ...words: never[]) {
    if (owesAck) pass("acknowledge: before the ACK leaves");
    (send as (...words: never[]) => void).apply(this, words);
    if (owesAck) pass("acknowledge: once the ACK has left");
    owesAck = false;
  } as typeof send;
}

function watchAnswers(): void {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...words: never[]) {
    const text = words[0] as unknown;
    const tells = typeof text === "string" && text.includes('"result":') && text.includes('"state":"saved"');
    if (tells) pass("told: committed, the answer not written");
    const taken = (write as (...words: never[]) => boolean).apply(this, words);
    if (tells) pass("told: the answer written");
    return taken;
  } as typeof write;
}

// ---- the writer's thread ----

/** Rows of signed events that the transaction under way has. */
let rows = 0;

function watchWriter(): void {
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (this: Database, sql: string) {
    pass("start: while the store is opened");
    const statement = prepare.call(this, sql);
    const watch = WATCHES.find(({ of }) => of.test(sql));
    if (watch !== undefined) {
      const run = statement.run.bind(statement);
      statement.run = (...values) => {
        let result = { changes: 0 };
        watch.around(() => {
          result = run(...values);
        });
        return result;
      };
    }
    return statement as never;
  };
}

const WATCHES: readonly { readonly of: RegExp; readonly around: (run: () => void) => void }[] = [
  {
    of: /^BEGIN IMMEDIATE$/,
    around(run) {
      rows = 0;
      run();
    },
  },
  {
    of: /^INSERT INTO event \(.* log_seq/,
    around(run) {
      if (rows === 0) pass("commit: begun");
      run();
      rows++;
      pass("commit: between two rows");
    },
  },
  {
    of: /^COMMIT$/,
    around(run) {
      if (rows > 0) pass("commit: all written, not committed");
      run();
      if (rows > 0) pass("commit: done, nobody told");
      rows = 0;
    },
  },
  {
    of: /^INSERT INTO event_text/,
    around(run) {
      run();
      pass("commit: while the search index is filled");
    },
  },
];
