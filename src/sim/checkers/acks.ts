/**
 * ACKs of the bare plane are only sent for the five verbs that are acknowledged, at most one for each copy that came, and
 * to where that copy came from (or back over the relay that brought it). A message of a handshake is no such copy, except to
 * those who know only the seed.
 */
import { decodeHead, type Message, verbs } from "../../wire/index.ts";
import type { Note } from "../world.ts";
import { type Checker, isHandshake, messageIn } from "./checker.ts";

export class AcksChecker implements Checker {
  readonly violations: string[] = [];
  /** Copies that came and are not yet acknowledged, by host and sender. */
  readonly #owed = new Map<string, number>();
  /** Hosts that hold no sessions. */
  readonly #bare = new Set<string>();

  watch(note: Note): void {
    if (note.kind === "started" && note.nodeId === null) this.#bare.add(note.host);
    else if (note.kind === "arrived") {
      const message = messageIn(note.datagram);
      if (message !== null) this.#arrived(note.host, note.datagram.from, message);
    } else if (note.kind === "sent" && note.host !== "forged") {
      const message = messageIn(note.datagram);
      if (message !== null) this.#sent(note.host, note.datagram.to, message, note.at);
    }
  }

  #arrived(host: string, from: string, message: Message): void {
    if (message.verb === "RELAY") {
      const inner = carried(message.body.message);
      if (message.body.src !== undefined && this.#isAcked(host, inner)) this.#owe(`${host} ${message.body.src} over ${from}`);
    } else if (this.#isAcked(host, message)) this.#owe(`${host} ${from}`);
  }

  #sent(host: string, to: string, message: Message, at: number): void {
    if (message.verb === "ACK") this.#pay(`${host} ${to}`, at);
    else if (message.verb === "RELAY" && message.body.src === undefined && carried(message.body.message)?.verb === "ACK") {
      this.#pay(`${host} ${message.body.dst} over ${to}`, at);
    }
  }

  #isAcked(host: string, message: Message | null): boolean {
    return message !== null && verbs[message.verb].acked && (!isHandshake(message) || this.#bare.has(host));
  }

  #owe(debt: string): void {
    this.#owed.set(debt, (this.#owed.get(debt) ?? 0) + 1);
  }

  #pay(debt: string, at: number): void {
    const owed = this.#owed.get(debt) ?? 0;
    if (owed === 0) this.violations.push(`an ACK for nothing at ${at} ms: ${debt.replace(" ", " to ")}`);
    else this.#owed.set(debt, owed - 1);
  }
}

function carried(head: unknown): Message | null {
  const decoded = decodeHead(head);
  return decoded.ok ? decoded.message : null;
}
