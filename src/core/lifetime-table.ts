/** How long our NAT keeps what nobody uses: what is asked, how far it has come, and what is told of it. PROTOCOL.md §15.4. */
import type { Endpoint, InstanceId, Ip } from "../wire/index.ts";
import type { Ref, SocketId, SurveyFailure } from "./io.ts";
import type { Helper } from "./survey-table.ts";
import type { Instant } from "./time.ts";

/** One socket, that is silent for so long and then sent to. */
export interface Silence {
  readonly silentMs: number;
  readonly socket: SocketId;
  /** Ours; 0 until it is open. */
  port: number;
  /** When it last sent something; null before. */
  sentAt: Instant | null;
  /** Where the helper saw it: from here on it is silent. */
  seen: Endpoint | null;
  /** When the helper was first asked to send there. */
  triedAt: Instant | null;
  /** That came through. */
  heard: boolean;
}

/**
 * One under way.
 *
 *   asking (the helper is told the token) -> each socket: opened -> shown -> silent -> tried -> gone
 */
export interface Lifetime {
  readonly ref: Ref;
  /** Addresses of this machine. */
  readonly own: readonly Ip[];
  readonly helper: Helper;
  readonly token: InstanceId;
  /** The shortest first. */
  readonly silences: readonly Silence[];
  stage: "asking" | "under-way";
  /** When the stage began, or a socket was last seen. */
  since: Instant;
  /** When the helper last said where it sees us. */
  answeredAt: Instant | null;
  failure: LifetimeFailure | null;
}

/** How long a mapping lasts over which nothing is sent; seconds, null where that is not known. */
export interface LifetimeReport {
  /** After so long the helper still came through. */
  readonly atLeastS: number | null;
  /** After so long it did not. */
  readonly belowS: number | null;
  /** Why nothing, or not all, could be found out. Stable; each has its line in cli.md. */
  readonly reason: LifetimeFailure | null;
}

export type LifetimeFailure =
  | SurveyFailure
  | "no-nat" // others see the very endpoint of a socket
  | "moved"; // our address changed meanwhile, or the NAT gives each socket another

/** How far it has come. `done` ends it. */
export type LifetimeStep =
  /** All sockets were seen; the last answer is due after so long. */
  | { readonly step: "silent"; readonly sockets: number; readonly mostS: number }
  | { readonly step: "tried"; readonly silentS: number; readonly through: boolean }
  | { readonly step: "done"; readonly report: LifetimeReport };
