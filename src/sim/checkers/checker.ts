/** A checker watches a run and collects what broke a promise, in words that name the host and the moment. */
import { decode, type Message } from "../../wire/index.ts";
import type { Datagram, Note, Watcher } from "../world.ts";

export interface Checker extends Watcher {
  readonly violations: readonly string[];
}

/** Hands every note to all, and reads each datagram once for all of them. */
export class Checkers implements Watcher {
  readonly #all: readonly Checker[];

  constructor(all: readonly Checker[]) {
    this.#all = all;
  }

  watch(note: Note): void {
    for (const checker of this.#all) checker.watch(note);
  }

  violations(): string[] {
    return this.#all.flatMap((checker) => checker.violations);
  }
}

const read = new WeakMap<Uint8Array, Message | null>();

/** True for a message that begins or goes on with a session: its verb says something else in the bare plane. */
export function isHandshake(message: Message): boolean {
  return (message.verb === "GETCERTIFICATE" || message.verb === "CERTIFICATE") && message.body.ptp?.v !== undefined;
}

/** The message of the bare plane in a datagram, null where there is none: in a frame above all. */
export function messageIn(datagram: Datagram): Message | null {
  const known = read.get(datagram.bytes);
  if (known !== undefined) return known;
  const decoded = decode(datagram.bytes);
  const message = decoded.ok ? decoded.message : null;
  read.set(datagram.bytes, message);
  return message;
}
