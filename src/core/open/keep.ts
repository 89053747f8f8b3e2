/** Events of an open channel on their way to the disk, and what happens once they are there. PROTOCOL.md §13.6, §13.11. */
import type { EventId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { PeerId } from "../io.ts";
import type { Event } from "../log/event.ts";
import { US_PER_MS } from "../log/hlc.ts";
import { isShown } from "../log/kind.ts";
import type { Receipt } from "../log/receipt.ts";
import { postSaved, postStalled } from "../posts.ts";
import { save } from "../saving.ts";
import { sayInSession } from "../session/frames.ts";
import type { NodeState } from "../state.ts";
import type { Change } from "../store.ts";
import type { Instant } from "../time.ts";
import { newInstance, type OpenChannel } from "./open-channel.ts";
import { push } from "./talk.ts";

type Accepted = Receipt & { kind: "accepted" };

/** Keeps what a neighbour sent and is proved; then acknowledges, shows and passes it on. */
export function keepOthers(node: NodeState, channel: Channel, open: OpenChannel, receipt: Accepted, from: PeerId, now: Instant): void {
  const events = receipt.accepted.map(({ event }) => event);
  save(node, changesOf(open, receipt, false), {
    saved: (at) => {
      open.log.settle(receipt.mark);
      for (const event of events) {
        payDebts(node, open, event.id, at);
        show(node, open, event, false);
      }
      for (const { to, events: passed } of open.spread.onKept(events, from, at)) push(node, open, to, passed, at);
    },
    failed: () => {}, // nobody was told anything yet
    retried: true,
  });
  open.sync.noteTaken(from, now);
  noteFindings(node, channel, open, receipt, now);
}

/** Signs and keeps what the user wrote; then sends it. */
export function keepOwn(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  const events = open.own.take();
  const receipt = open.log.append(events);
  if (receipt.kind !== "accepted") return;
  const commands = new Map(events.map(({ id }) => [id, open.written.get(id) ?? ""]));
  open.written.clear();
  open.savesOpen++;
  save(node, changesOf(open, receipt, true), {
    saved: (at) => {
      open.savesOpen--;
      open.log.settle(receipt.mark);
      sendOwn(node, open, events, commands, at);
      if (open.written.size > 0) keepOwn(node, channel, open, at);
    },
    failed: (code) => {
      for (const command of commands.values()) postStalled(node, command, code);
    },
    retried: true,
  });
  open.sync.noteTaken(null, now);
}

function sendOwn(node: NodeState, open: OpenChannel, events: readonly Event[], commands: ReadonlyMap<EventId, string>, now: Instant): void {
  const pushes = open.spread.onKept(events, null, now);
  const reached = new Set(pushes.map(({ to }) => to));
  for (const command of commands.values()) if (command !== "") postSaved(node, command, now, reached);
  for (const { to, events: sent } of pushes) push(node, open, to, sent, now, commands);
}

function changesOf(open: OpenChannel, receipt: Accepted, own: boolean): Change[] {
  return [
    ...receipt.moves.map((move): Change => ({ kind: "log-move", channel: open.hash, move })),
    ...receipt.accepted.map(({ event, branch }): Change => ({ kind: "signed", channelId: open.id, own, event, branch })),
    ...open.log.takeChanged().map((row): Change => ({ kind: "log", channel: open.hash, row })),
  ];
}

/** Shows an event that people see by itself. */
export function show(node: NodeState, open: OpenChannel, event: Event, own: boolean): void {
  if (!isShown(event)) return;
  const at = Math.floor(event.hlc / US_PER_MS);
  const { id, author, text } = event;
  node.emit({ type: "post", id, channelId: open.id, author, own, at, text, verified: true, kept: true });
}

/** Notes that `from` waits for an ACK of an event. */
export function owe(open: OpenChannel, event: EventId, to: PeerId, msgId: string | number | undefined): void {
  if (msgId === undefined) return;
  const debts = open.debts.get(event);
  if (debts === undefined) open.debts.set(event, [{ to, msgId }]);
  else if (debts.length < DEBTS_MAX) debts.push({ to, msgId });
}

/** The event is on our disk: whoever waits for it is told. */
export function payDebts(node: NodeState, open: OpenChannel, event: EventId, now: Instant): void {
  const debts = open.debts.get(event);
  if (debts === undefined) return;
  open.debts.delete(event);
  for (const { to, msgId } of debts) {
    const session = node.sessions.of(to);
    if (session !== undefined) sayInSession(node, session, "ACK", { msg_id: msgId }, now);
  }
}

/** Members that send us one event and wait for its ACK: its author, and those who say it again. */
const DEBTS_MAX = 8;

function noteFindings(node: NodeState, channel: Channel, open: OpenChannel, receipt: Accepted, now: Instant): void {
  for (const finding of receipt.findings) {
    node.emit({ type: "log-finding", channelId: open.id, finding: finding.kind, author: finding.author });
    if (finding.kind === "rolled-back") beginInstance(node, channel, open, now);
  }
}

/** Goes on in a new log: our disk is an old backup, or our clock stood far ahead. */
export function beginInstance(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  if (open.written.size > 0) keepOwn(node, channel, open, now);
  const inst = newInstance(node);
  open.own.begin(inst);
  open.log.own = open.own.name;
  save(node, [{ kind: "channel", channel: { id: channel.id, name: channel.name, mode: "open", inst, joinedAt: node.timestamp(now) } }]);
}
