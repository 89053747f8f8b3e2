/** `ptpchat tail`: reads a channel. */
import { type Entry, PLAIN } from "../../../app/api.ts";
import { type ChangeEvent, changeWords, isChange } from "../../shared/change-words.ts";
import { channelLabel, channelWord } from "../../shared/channel-word.ts";
import type { Door, EventOf } from "../../shared/door.ts";
import { deletedWords, marks, reactionWords, shortId } from "../../shared/entry-words.ts";
import { safeLines, safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { changeJson, entryJson } from "../json-views.ts";
import { localTime, sinceOf } from "../moment.ts";

const ENTRIES_DEFAULT = 50;
const ENTRIES_MAX = 1_000;

export async function run(call: Call): Promise<ExitCode> {
  const most = call.given.number("n", { least: 0, most: ENTRIES_MAX, whole: true }) ?? ENTRIES_DEFAULT;
  const sinceText = call.given.text("since");
  const since = sinceText === undefined ? undefined : sinceOf(sinceText, Date.now());
  const channel = channelWord(call.given.word(0));
  const past = { channel, ...(since === undefined ? {} : { since }), ...(most === 0 ? { most: 1 } : { most }) };
  return call.withNode(async (door) => {
    const follower = call.given.flag("follow") ? new Follower(call, door) : null;
    const entries = await door.api.history(past); // asked for even with `-n 0`: it tells a channel that is not there
    const shown = most === 0 ? [] : entries;
    for (const entry of shown) print(call, entry);
    return follower === null ? EXIT.done : follower.follow(channel, entries);
  });
}

type Shown = EventOf<"post"> | ChangeEvent;

/** Collects what comes from before the history is read, so that nothing falls between the two. */
class Follower {
  readonly #call: Call;
  readonly #door: Door;
  #early: Shown[] | null = [];
  #show: (event: Shown) => void = (event) => this.#early?.push(event);

  constructor(call: Call, door: Door) {
    this.#call = call;
    this.#door = door;
    door.subscribe((event) => {
      if (event.type === "post" || isChange(event)) this.#show(event);
    });
  }

  /** Prints what comes until the node ends. */
  async follow(channel: string, past: readonly Entry[]): Promise<ExitCode> {
    const [{ id, label }, { nodeId }] = await Promise.all([this.#find(channel, past), this.#door.api.status()]);
    const known = new Set(past.map((entry) => entry.id));
    this.#show = (event) => {
      if (event.channelId !== id) return;
      if (event.type !== "post") printChange(this.#call, event, label, nodeId);
      else if (!known.has(event.id)) print(this.#call, entryOf(event, label));
    };
    for (const event of this.#early ?? []) this.#show(event);
    this.#early = null;
    await this.#door.ended;
    this.#call.say("ptpchat: the node has ended.");
    return EXIT.failed;
  }

  async #find(channel: string, past: readonly Entry[]): Promise<{ id: string; label: string }> {
    const [entry] = past;
    if (entry !== undefined) return { id: entry.channelId, label: entry.channel };
    const normal = (text: string) => text.normalize("NFC").toLowerCase();
    const found = (await this.#door.api.channels()).find((view) =>
      [view.id, channelLabel(view)].some((name) => normal(name) === normal(channel)),
    );
    return found === undefined ? { id: normal(channel), label: channel } : { id: found.id, label: channelLabel(found) };
  }
}

function entryOf(
  { id, channelId, author, authorName, own, at, text, verified, muted, shown = PLAIN }: EventOf<"post">,
  channel: string,
): Entry {
  return { id, channelId, channel, author, authorName, own, at, text, verified, ...shown, muted: muted === true };
}

function print(call: Call, entry: Entry): void {
  if (call.json) call.printJson(entryJson(entry));
  else for (const line of entryLines(entry)) call.print(line);
}

/** @param self - our own node id */
function printChange(call: Call, event: ChangeEvent, channel: string, self: string): void {
  if (call.json) return call.printJson(changeJson(event, channel));
  const words = changeWords(event, self);
  if (words === null) return;
  const place = `${localTime(event.at)} ${safeText(channel)}${"id" in event ? ` ${shortId({ id: event.id, verified: true })}` : ""}`;
  if (event.type !== "post-edited") return call.print(`${place} -- ${words}`);
  const [first = "", ...more] = safeLines(event.text);
  for (const line of [`${place} -- ${words} ${first}`, ...more.map(marked)]) call.print(line);
}

/** An entry for people; the lines after the first are marked, so that no text can pretend to be an entry of its own. */
export function entryLines(entry: Entry): string[] {
  const { kind, at, channel, authorName, own, text, deleted, muted } = entry;
  if (kind === "dropped") return [`-- ${safeText(text)} (${safeText(channel)})`];
  const who = own ? `${authorName} (you)` : authorName;
  const [first = "", ...more] = deleted ? [deletedWords(entry)] : muted ? ["(muted)"] : safeLines(text);
  const id = shortId(entry);
  const reactions = reactionWords(entry);
  return [
    `${localTime(at)} ${safeText(channel)} ${id === "" ? "" : `${id} `}${safeText(who)}${marks(entry)}: ${first}`,
    ...more.map(marked),
    ...(reactions === null ? [] : [`    + ${reactions}`]),
  ];
}

function marked(line: string): string {
  return `    | ${line}`;
}
