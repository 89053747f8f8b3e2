/** `ptpchat files`: sends, gets, lists and drops files. */
import { randomInt } from "node:crypto";
import { resolve } from "node:path";
import type { Api, FilesKeeping, SharedFile } from "../../../app/api.ts";
import { parseQuota } from "../../../app/quota.ts";
import { channelWord } from "../../shared/channel-word.ts";
import type { Door } from "../../shared/door.ts";
import { shortId } from "../../shared/entry-words.ts";
import { kindWords, progressWords, sizeWords } from "../../shared/file-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { droppedFileJson, filesKeepingJson, gotFileJson, sentFileJson, sharedFileJson } from "../file-json.ts";
import { didYouMean } from "../given.ts";
import { Progress } from "../progress.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { PLAIN_WAITS, waitOf } from "../wait-of.ts";

/** As in `connect`. */
const REF_MAX = 2 ** 47;

interface Act {
  /** The words that it takes; the last one may be left out where `isFree`. */
  readonly words: readonly string[];
  readonly isFree?: true;
  run(call: Call, door: Door, words: readonly string[]): Promise<void>;
}

const ACTS: Readonly<Record<string, Act>> = {
  send: { words: ["CH", "FILE"], run: send },
  get: { words: ["ID"], run: get },
  list: { words: ["CH"], isFree: true, run: (call, { api }, words) => list(call, api, words) },
  drop: { words: ["ID"], run: (call, { api }, words) => drop(call, api, words) },
  keep: { words: ["SIZE"], isFree: true, run: (call, { api }, words) => keep(call, api, words) },
};

export async function run(call: Call): Promise<ExitCode> {
  const [name = "", ...words] = call.given.words;
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act === undefined)
    throw new UsageError(`files has no "${safeText(name)}"`, didYouMean(name, Object.keys(ACTS)) ?? "send, get, list, drop or keep");
  const least = act.words.length - (act.isFree ? 1 : 0);
  if (words.length < least || words.length > act.words.length)
    throw new UsageError(`files ${name} wants ${act.words.join(" and ")}${act.isFree ? ", or nothing" : ""}`);
  await call.withNode((door) => act.run(call, door, words));
  return EXIT.done;
}

async function send(call: Call, door: Door, [channel = "", file = ""]: readonly string[]): Promise<void> {
  const text = call.given.text("text");
  const wait = waitOf(call, PLAIN_WAITS);
  const request = { channel: channelWord(channel), path: resolve(file), ...wait, ...(text === undefined ? {} : { text }) };
  const sent = await withProgress(call, door, (ref) => door.api.sendFile({ ...request, ref }));
  if (call.json) call.printJson(sentFileJson(sent));
  else call.print(sent.id);
}

async function get(call: Call, door: Door, [id = ""]: readonly string[]): Promise<void> {
  const to = resolve(call.given.text("to") ?? ".");
  const got = await withProgress(call, door, (ref) => door.api.getFile({ id, to, ref }));
  if (call.json) call.printJson(gotFileJson(got));
  else {
    call.print(safeText(got.path));
    if (got.pixels !== null) call.say(kindWords(got));
    if (!got.kept)
      call.say("Its blocks do not fit what is kept of others' files, so this node does not give it on: ptpchat files keep SIZE");
  }
}

async function withProgress<T>(call: Call, { subscribe }: Door, work: (ref: number) => Promise<T>): Promise<T> {
  const ref = randomInt(1, REF_MAX);
  const progress = new Progress(call);
  const unsubscribe = subscribe((event) => {
    if (event.type === "file" && event.ref === ref && event.state !== "done" && event.state !== "failed") progress.at(progressWords(event));
  });
  try {
    return await work(ref);
  } finally {
    unsubscribe();
    progress.end();
  }
}

async function list(call: Call, api: Api, [channel]: readonly string[]): Promise<void> {
  const files = await api.files(channel === undefined ? {} : { channel: channelWord(channel) });
  if (call.json) for (const file of files) call.printJson(sharedFileJson(file));
  else if (files.length === 0) call.say("No files. ptpchat files send CH FILE sends one.");
  else call.print(table(["ID", "CHANNEL", "FROM", "HERE", "SIZE", "NAME"], files.map(row)));
}

function row(file: SharedFile): readonly string[] {
  const { channel, authorName, own, name, size } = file;
  return [
    shortId({ id: file.id, verified: true }),
    channel,
    own ? "you" : authorName,
    hereWords(file),
    sizeWords(size),
    `${name} (${kindWords(file)})`,
  ];
}

function hereWords({ state, hereBytes, size }: SharedFile): string {
  if (state === "here") return "yes";
  if (state === "none") return "no";
  return `${Math.floor((100 * hereBytes) / Math.max(1, size))} %${state === "fetching" ? " ..." : ""}`;
}

async function drop(call: Call, api: Api, [id = ""]: readonly string[]): Promise<void> {
  const dropped = await api.dropFile({ id });
  if (call.json) call.printJson(droppedFileJson(dropped));
  else call.print(`${sizeWords(dropped.freedBytes)} are free again; this node does not give the file any more`);
}

async function keep(call: Call, api: Api, [size]: readonly string[]): Promise<void> {
  const keeping = await api.keepFiles(size === undefined ? {} : { keepBytes: bytesOf(size) });
  if (call.json) call.printJson(filesKeepingJson(keeping));
  else call.print(keepingWords(keeping));
}

/** @throws ApiError `usage`, UsageError */
function bytesOf(size: string): number {
  if (size === "0") return 0;
  const { bytes } = parseQuota(size);
  if (bytes === null) throw new UsageError(`files keep ${safeText(size)}: a size is wanted, as 500MB or 2GB, or 0`);
  return bytes;
}

function keepingWords({ keepBytes, othersBytes, ownBytes }: FilesKeeping): string {
  return `Of others' files at most ${sizeWords(keepBytes)} are kept, to be given on; now it is ${sizeWords(othersBytes)}. Of yours ${sizeWords(ownBytes)} are kept`;
}
