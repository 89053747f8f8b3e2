/** Coming in by an invite, as far as it has come. PROTOCOL.md §20.4. */
import type { Ed25519KeyPair } from "../../crypto/index.ts";
import type { NodeId } from "../../wire/index.ts";
import type { PeerId } from "../io.ts";
import type { Role } from "../log/statement.ts";
import type { Instant } from "../time.ts";
import type { Verdict } from "./verdict.ts";

/** Why nobody let us in. Stable; each has its line in cli.md. */
export type KnockFailure =
  | "nobody" // no member of the channel was reached
  | "no-admin" // members were, and none of them may let anybody in
  | "not-shown" // somebody said that we are in, and no member gave us the channel with that in it
  | "replaced" // the user has begun anew
  | Exclude<Verdict, "admitted" | "unable">;

export type KnockStep =
  | { readonly step: "looking" }
  | { readonly step: "asking" }
  | { readonly step: "fetching"; readonly from: PeerId }
  | { readonly step: "done"; readonly role: Role; readonly invitedBy: NodeId }
  | { readonly step: "failed"; readonly reason: KnockFailure };

/** What we have asked of one member, and what it said. */
interface Asked {
  readonly at: Instant;
  readonly verdict: Verdict | null;
}

export interface Knock {
  readonly ref: string;
  /** The invite's key, made of the seed in the link. */
  readonly key: Ed25519KeyPair;
  readonly inviter: NodeId;
  readonly until: Instant;
  /** We were in the channel before: should it fail, we stay. */
  readonly wasIn: boolean;
  readonly asked: Map<PeerId, Asked>;
  /** When a refusal is final, since nobody has said otherwise meanwhile. */
  failAt: Instant;
  told: KnockStep["step"];
}
