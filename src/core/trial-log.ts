/** What was tried of late to reach somebody, and how it ended: for the eye, when something does not work. */
import type { Endpoint } from "../wire/index.ts";
import type { ConnectFailure, SessionRefusal, TcpFailure } from "./io.ts";
import { TRIALS_MAX } from "./limits.ts";
import type { Path } from "./path.ts";
import type { Instant } from "./time.ts";

/** A handshake of ours; a TCP connection and the handshake over it; a CONNECT and its punch; the challenge of another way to a node that we hold a session with. */
export type TrialKind = "handshake" | "tcp" | "punch" | "challenge";

/** Stable; each has its line in cli.md. */
export type TrialOutcome =
  | "ok"
  | "seed-only" // it acknowledged the handshake, and so knows only the seed
  | TcpFailure
  | ConnectFailure // of these `no-answer` for all that nobody answered
  | SessionRefusal;

export interface Trial {
  readonly kind: TrialKind;
  readonly endpoint: Endpoint;
  /** The relay, or who introduces. */
  readonly via: Endpoint | null;
  readonly endedAt: Instant;
  readonly tookMs: number;
  readonly outcome: TrialOutcome;
}

export class TrialLog {
  readonly #trials: Trial[] = [];

  /** The newest first. */
  list(): Trial[] {
    return [...this.#trials].reverse();
  }

  note(
    kind: TrialKind,
    { endpoint, relay }: Pick<Path, "endpoint" | "relay">,
    begunAt: Instant,
    outcome: TrialOutcome,
    now: Instant,
  ): void {
    this.add({ kind, endpoint, via: relay?.endpoint ?? null, endedAt: now, tookMs: Math.round(now - begunAt), outcome });
  }

  add(trial: Trial): void {
    if (this.#trials.length >= TRIALS_MAX) this.#trials.shift();
    this.#trials.push(trial);
  }
}
