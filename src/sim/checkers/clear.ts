/**
 * Two nodes that have met say nothing in the clear any more but HELLO, handshakes and CONNECT; not over a relay either.
 * PROTOCOL.md §11.7.
 *
 * 1. By host: what one sends after both were told of their session, and what arrives at the other.
 * 2. By endpoint: what a host sends to where it had a session since its last start, whether it arrives or not.
 *
 * Who calls a node at an address where it has not proved itself yet, another one that is configured or one that is
 * remembered from before, cannot know whom it speaks to there: to such addresses only 2 applies.
 */
import type { Instant, NodeEvent } from "../../core/index.ts";
import { decodeHead, type Endpoint, isFrame, type Message } from "../../wire/index.ts";
import type { Datagram, Note } from "../world.ts";
import type { WhoIsWho } from "./calm.ts";
import { type Checker, isHandshake, messageIn } from "./checker.ts";
import type { Meetings } from "./meetings.ts";

interface Said {
  readonly at: Instant;
  readonly start: number;
  readonly to: Endpoint;
}

export class ClearChecker implements Checker {
  readonly violations: string[] = [];
  readonly #meetings: Meetings;
  readonly #who: WhoIsWho;
  /** What was said in the clear and is on its way. */
  readonly #underWay = new Map<number, Said>();
  /** Where each host had sessions since its last start, with whom and since when. */
  readonly #places = new Map<string, Map<Endpoint, { readonly peer: string; readonly since: Instant }>>();
  /** Whom each host calls from its start on. */
  readonly #called = new Map<string, readonly Endpoint[]>();

  /** @param meetings - must watch before this one does, as must `who` */
  constructor(meetings: Meetings, who: WhoIsWho) {
    this.#meetings = meetings;
    this.#who = who;
  }

  watch(note: Note): void {
    if (note.kind === "started") this.#started(note.host, note.peers);
    else if (note.kind === "event") this.#happened(note.host, note.event, note.at);
    else if (note.kind === "swallowed") this.#underWay.delete(note.datagram.number);
    else if (note.kind === "sent" && !isFrame(note.datagram.bytes)) this.#sent(note.host, note.datagram, note.at);
    else if (note.kind === "arrived" && !isFrame(note.datagram.bytes)) this.#arrived(note.host, note.datagram, note.at);
  }

  #started(host: string, peers: readonly Endpoint[]): void {
    this.#places.delete(host);
    this.#called.set(host, peers);
  }

  #happened(host: string, event: NodeEvent, at: Instant): void {
    const places = this.#places.get(host) ?? new Map<Endpoint, { peer: string; since: Instant }>();
    this.#places.set(host, places);
    const isPlace = (event.type === "session-up" || event.type === "path") && event.path !== "relay";
    if (isPlace && !places.has(event.endpoint)) places.set(event.endpoint, { peer: event.peer, since: at });
    if (event.type !== "session-down" || event.reason !== "closed") return;
    for (const [endpoint, { peer }] of places) if (peer === event.peer) places.delete(endpoint); // it said goodbye: who comes next may be anybody
  }

  #sent(host: string, datagram: Datagram, at: Instant): void {
    const message = messageIn(datagram);
    if (message === null || host === "forged") return;
    this.#underWay.set(datagram.number, { at, start: this.#meetings.startsOf(host), to: datagram.to });
    if (!maySay(message) && this.#isProved(host, datagram.to, at))
      this.violations.push(`${host} said ${message.verb} in the clear to ${datagram.to} at ${at} ms, where it had a session`);
  }

  #arrived(host: string, datagram: Datagram, at: Instant): void {
    const said = this.#underWay.get(datagram.number);
    this.#underWay.delete(datagram.number);
    const message = messageIn(datagram);
    if (said === undefined || message === null) return;
    this.#check(datagram.origin, host, message, said, at);
    if (message.verb !== "RELAY" || message.body.src !== undefined) return;
    const inner = decodeHead(message.body.message);
    const other = this.#who.at(message.body.dst as Endpoint, host);
    if (inner.ok) this.#check(datagram.origin, other, inner.message, said, at);
  }

  #check(from: string, to: string, message: Message, said: Said, at: Instant): void {
    if (maySay(message) || said.start !== this.#meetings.startsOf(from)) return;
    const since = this.#meetings.since(from, to);
    const isBlind = this.#callsBlindly(from, to, said.at) || this.#callsBlindly(to, from, said.at);
    const isUnsure = isBlind && !this.#isProved(from, said.to, said.at);
    if (since !== null && since < said.at && !isUnsure)
      this.violations.push(`${from} said ${message.verb} in the clear to ${to} at ${said.at} ms (it came at ${at} ms), whom it knew`);
  }

  #callsBlindly(host: string, other: string, at: Instant): boolean {
    return (this.#called.get(host) ?? []).some((to) => this.#who.at(to, host) === other && !this.#isProved(host, to, at));
  }

  #isProved(host: string, endpoint: Endpoint, at: Instant): boolean {
    return (this.#places.get(host)?.get(endpoint)?.since ?? Number.POSITIVE_INFINITY) < at;
  }
}

function maySay(message: Message): boolean {
  return message.verb === "HELLO" || message.verb === "CONNECT" || isHandshake(message);
}
