/** Two who share a word code, on their way to each other. PROTOCOL.md §20.5, §20.6. */
import type { CPaceKeys, CPaceShare, Ristretto } from "../../crypto/index.ts";
import type { PeerId } from "../io.ts";
import type { Instant } from "../time.ts";
import type { TokenBucket } from "../token-bucket.ts";

/** What a code is for: it is part of what both agree on, so one for the one opens nothing of the other. */
export const CODE_PURPOSES = ["invite", "contact"] as const;
export type CodePurpose = (typeof CODE_PURPOSES)[number];

/** Why nothing came of a code. Stable; each has its line in cli.md. */
export type CodeFailure =
  | "wrong" // the other end had another code: it is void now at both
  | "nobody" // nobody with it was met in time
  | "silent" // somebody was, and said no more
  | "ended"; // its user has ended it

export type CodeStep =
  | { readonly step: "looking" }
  | { readonly step: "meeting"; readonly peer: PeerId }
  /** The other end has shown that it has the code. `payload`: what the one who made it gives to the one who uses it. */
  | { readonly step: "done"; readonly peer: PeerId; readonly payload: Uint8Array }
  | { readonly step: "failed"; readonly reason: CodeFailure };

/** One attempt to come to a key with somebody. */
export interface Run {
  readonly own: CPaceShare;
  /** At the guest, once it has the host's share. */
  readonly keys: CPaceKeys | null;
}

export interface Meeting {
  readonly ref: string;
  readonly purpose: CodePurpose;
  /** The host made the code and waits; the guest has been told it. */
  readonly role: "host" | "guest";
  readonly prs: Uint8Array;
  readonly group: Ristretto;
  /** The host's. */
  readonly payload: Uint8Array;
  readonly until: Instant;
  readonly runs: Map<PeerId, Run>;
  /** What the host may begin. */
  readonly begins: TokenBucket;
  /** When the guest shows itself again. */
  againAt: Instant;
}
