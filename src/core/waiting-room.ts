import type { VerbName } from "../wire/index.ts";
import { CREDIT_WAIT_MS } from "./limits.ts";
import type { Path } from "./path.ts";
import type { Instant } from "./time.ts";

/** A datagram that waits until its bytes are paid. */
export interface Waiting {
  readonly path: Path;
  readonly verb: VerbName;
  readonly bytes: Uint8Array;
  readonly since: Instant;
}

/** Datagrams that wait for byte credit, by the address that has to earn it. HELLO and ACK go to the head of the line. */
export class WaitingRoom {
  readonly #lines = new Map<string, Waiting[]>();
  #size = 0;

  holds(network: string): boolean {
    return this.#lines.has(network);
  }

  networks(): string[] {
    return [...this.#lines.keys()];
  }

  /** @returns false when the line of that address, or the whole room, is full */
  add(letter: Waiting, first: boolean, lineMax: number, roomMax: number): boolean {
    const line = this.#lines.get(letter.path.network) ?? [];
    if (line.length >= lineMax || this.#size >= roomMax) return false;
    if (first) line.unshift(letter);
    else line.push(letter);
    this.#lines.set(letter.path.network, line);
    this.#size++;
    return true;
  }

  /** Offers one address's line to `send`, from its head, until it says false. */
  flush(network: string, send: (letter: Waiting) => boolean): void {
    const line = this.#lines.get(network);
    if (line === undefined) return;
    let sent = 0;
    while (sent < line.length && send(line[sent] as Waiting)) sent++;
    this.#cut(network, line, sent);
  }

  /** Takes out what has waited too long. */
  expire(now: Instant): Waiting[] {
    const expired: Waiting[] = [];
    for (const [network, line] of this.#lines) {
      const kept = line.filter((letter) => now - letter.since < CREDIT_WAIT_MS);
      if (kept.length === line.length) continue;
      expired.push(...line.filter((letter) => now - letter.since >= CREDIT_WAIT_MS));
      this.#size -= line.length - kept.length;
      if (kept.length === 0) this.#lines.delete(network);
      else this.#lines.set(network, kept);
    }
    return expired;
  }

  #cut(network: string, line: Waiting[], sent: number): void {
    line.splice(0, sent);
    this.#size -= sent;
    if (line.length === 0) this.#lines.delete(network);
  }
}
