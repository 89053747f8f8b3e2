/** What a lasting channel wants done: kept, said, shown. PROTOCOL.md §13.6, §13.10, §13.11. */
import type { Endpoint, EventId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import { tellGuest } from "../invite/admission.ts";
import { channelRow } from "../joining.ts";
import { asSeen, type Event } from "../log/event.ts";
import type { LogRow } from "../log/event-store.ts";
import { keyOf } from "../log/heads.ts";
import { isEffect } from "../log/kind.ts";
import type { ChannelOutput } from "../log/lasting-channel.ts";
import { postSaved, postStalled } from "../posts.ts";
import { PREKEY } from "../private/prekeys.ts";
import type { Look } from "../private/secrets.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Change } from "../store.ts";
import type { Instant } from "../time.ts";
import { tendOpen } from "./attend.ts";
import { payDebts } from "./debts.ts";
import type { ImportTally } from "./import.ts";
import type { OpenChannel } from "./open-channel.ts";
import { onCharter, tellPartings } from "./owning.ts";
import { mayHear, NOBODYS, openArrived } from "./secrecy.ts";
import { showAll, showOwn } from "./shown.ts";
import { ownEvent, push, pushOwn, saySync, serve } from "./talk.ts";

/** What is kept at once of what neighbours sent: beyond it goes with the next. */
const GATHERED_MAX = 512;

type Save = ChannelOutput & { kind: "save" };

export function clocksOf(node: NodeState, now: Instant): { now: Instant; wall: number } {
  return { now, wall: node.timestamp(now) };
}

/**
 * Carries out, in order.
 * @param asked - these are the answer to a question: they may wait behind everything else
 * @param tally - the import that this is of: it waits for the disk, and nothing of it is shown as news
 */
export function carry(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  outputs: readonly ChannelOutput[],
  now: Instant,
  asked = false,
  tally: ImportTally | null = null,
): void {
  for (const output of outputs) {
    switch (output.kind) {
      case "save":
        if (tally === null && !isOwn(node, open, output)) gather(node, channel, open, output, now);
        else {
          keepGathered(node, open, now); // in the order in which it came
          keep(node, channel, open, [output], now, tally);
        }
        break;
      case "events":
        if (!mayHear(open, output.to)) break; // a member no more, and about to be no neighbour
        if (asked) serve(node, open, output.to, output.events, now);
        else push(node, open, output.to, output.events, now);
        break;
      case "send":
        if (!mayHear(open, output.to)) break;
        saySync(node, open, output.to, output.message, now);
        break;
      case "finding":
        node.emit({ type: "log-finding", channelId: open.id, author: output.finding.author, finding: output.finding.kind });
        break;
      case "charter":
        onCharter(node, channel, open, output.charter, now);
        break;
      case "roles-changed":
        open.secrecy?.secrets.noteRoles();
        open.watch.note(output.learnt, open.lasting.roles);
        open.sight.doubt();
        break;
      case "dropped":
        node.drop(output.reason, (node.peers.get(output.from)?.endpoint ?? output.from) as Endpoint);
    }
  }
}

/** Signs and keeps what the user wrote, unless a batch of it is being kept: then it goes with the next. */
export function flushOwn(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  if (open.savesOpen === 0) carry(node, channel, open, open.lasting.flush(clocksOf(node, now)), now);
}

/** What the user has written in this run, and not what comes back from before an old backup was put back. */
function isOwn(node: NodeState, open: OpenChannel, { accepted }: Save): boolean {
  const [first] = accepted;
  return first?.event.author === node.nodeId && open.commands.has(first.event.id);
}

/** What came from neighbours in one step is kept as one batch: a page of a history is many events, each of them proved by itself. */
function gather(node: NodeState, channel: Channel, open: OpenChannel, output: Save, now: Instant): void {
  open.gathered.push(output);
  node.gathering.set(open, channel);
  if (open.gathered.length >= GATHERED_MAX) keepGathered(node, open, now);
}

/** Gives the store what was gathered. Called at the end of a step. */
export function keepAllGathered(node: NodeState, now: Instant): void {
  for (const open of node.gathering.keys()) keepGathered(node, open, now);
}

function keepGathered(node: NodeState, open: OpenChannel, now: Instant): void {
  const channel = node.gathering.get(open);
  if (channel === undefined) return;
  node.gathering.delete(open);
  keep(node, channel, open, open.gathered.splice(0), now, null);
}

function keep(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  outputs: readonly Save[],
  now: Instant,
  tally: ImportTally | null,
): void {
  const events = outputs.flatMap(({ accepted }) => accepted.map(({ event }) => event));
  const looks = looksOf(node, open, events, now);
  const shown = looks === null ? events : events.map((event) => asSeen(event, looks.get(event.id)?.seen ?? null));
  const own = outputs[0] !== undefined && isOwn(node, open, outputs[0]);
  const commands = own ? takeCommands(open, events) : NO_COMMANDS;
  if (own) open.savesOpen++;
  open.isTouched ||= open.secrecy !== null || events.some(isEffect); // what is sealed may be anything
  tally?.begin();
  save(node, changesOf(node, channel, open, outputs, looks, own, now), {
    saved: (at) => {
      if (own) open.savesOpen--;
      for (const event of events) payDebts(node, open, event.id, at);
      if (own) for (const event of events) tellGuest(node, channel, open, event.id, at);
      if (own) showOwn(node, open, shown, at);
      else if (tally === null) showAll(node, open, shown, at);
      tellPartings(node, open, events);
      openLate(open, events, looks, at);
      openArrived(node, open);
      if (own && channel.open === open) tendOpen(node, channel, open, at); // who came since the last pulse gets it too
      const marks = outputs.map(({ mark }) => mark);
      const then = open.lasting.onSaved(marks, clocksOf(node, at));
      if (own) sendOwn(node, open, events, then, commands, at);
      else carry(node, channel, open, then, at);
      tally?.done();
      if (own) flushOwn(node, channel, open, at);
    },
    failed: (code) => {
      tally?.failed(code);
      for (const command of commands.values()) {
        postStalled(node, command, code);
        if (open.orders.has(command)) node.emit({ type: "ordered", ref: command, channelId: open.id, state: "stalled", reason: code });
      }
    },
    retried: true,
  });
}

/** The user's own are on the disk: who sent them hears it, then the members get them. */
function sendOwn(
  node: NodeState,
  open: OpenChannel,
  written: readonly Event[],
  outputs: readonly ChannelOutput[],
  commands: ReadonlyMap<EventId, string>,
  now: Instant,
): void {
  const pushes = outputs.flatMap((output) => (output.kind === "events" && mayHear(open, output.to) ? [output] : []));
  const reached = new Set(pushes.map(({ to }) => to));
  for (const event of written) {
    const command = commands.get(event.id);
    if (command === undefined) continue;
    postSaved(node, command, now, { event, reached });
    if (open.orders.delete(command)) node.emit({ type: "ordered", ref: command, channelId: open.id, state: "saved" });
  }
  if (pushes.length === 0) return;
  const events = new Map(written.map((event) => [event.id, ownEvent(open, event, commands.get(event.id))]));
  for (const push of pushes)
    pushOwn(
      node,
      push.to,
      push.events.flatMap(({ id }) => events.get(id) ?? []),
      now,
    );
}

type Looks = ReadonlyMap<EventId, Look>;

/** What people see of the events of a private channel; null where that is what was signed. */
function looksOf(node: NodeState, { secrecy }: OpenChannel, events: readonly Event[], now: Instant): Looks | null {
  if (secrecy === null) return null;
  const wall = node.timestamp(now);
  return new Map(events.map((event) => [event.id, secrecy.secrets.take(event, wall)]));
}

/** What was on its way to the disk at once did not find each other there: a key and what it opens, a prekey and who has a key for it. */
function openLate({ secrecy }: OpenChannel, events: readonly Event[], looks: Looks | null, now: Instant): void {
  for (const event of looks === null ? [] : events) {
    const isClosed = (looks?.get(event.id)?.waits ?? null) !== null;
    if (event.kind === PREKEY || isClosed) secrecy?.secrets.noteKept(event);
    if (isClosed) secrecy?.past.noteFresh(now);
  }
}

const NO_COMMANDS: ReadonlyMap<EventId, string> = new Map();

function takeCommands(open: OpenChannel, events: readonly Event[]): Map<EventId, string> {
  const taken = new Map<EventId, string>();
  for (const { id } of events) {
    const command = open.commands.get(id);
    open.commands.delete(id);
    if (command !== undefined && command !== NOBODYS) taken.set(id, command);
  }
  return taken;
}

function changesOf(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  outputs: readonly Save[],
  looks: Looks | null,
  own: boolean,
  now: Instant,
): Change[] {
  const changes: Change[] = open.secrecy?.secrets.takeChanges() ?? [];
  const rows = new Map<string, LogRow>(); // a log changes with every event that comes: as it is after all of them
  for (const { moves, accepted, logs } of outputs) {
    for (const move of moves) changes.push({ kind: "log-move", channel: open.hash, move });
    for (const { event, branch } of accepted) {
      const signed = { kind: "signed", channelId: open.id, own: event.author === node.nodeId, event, branch } as const;
      const { seen = null, waits = null, key = null } = looks?.get(event.id) ?? {};
      changes.push(seen === null ? signed : { ...signed, seen, ...(waits === null ? {} : { waits }), ...(key === null ? {} : { key }) });
    }
    for (const row of logs) rows.set(keyOf(row), row);
  }
  for (const row of rows.values()) changes.push({ kind: "log", channel: open.hash, row });
  const inst = outputs.at(-1)?.inst;
  // Another log than the disk knows, where something was written in it, or where what came shows that the disk is an old backup.
  if (inst !== undefined && channel.joined && open.inst !== inst && (own || open.inst !== null)) {
    open.inst = inst;
    changes.push({ kind: "channel", channel: channelRow(node, channel, now) });
  }
  return changes;
}
