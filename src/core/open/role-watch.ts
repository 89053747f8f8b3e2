/**
 * Tells what has changed of the roles in a channel since it was last asked, so that people hear of it: once for all that
 * came together, however many statements that were. PROTOCOL.md §13.8.
 */
import type { NodeId } from "../../wire/index.ts";
import { US_PER_MS } from "../log/hlc.ts";
import type { Learnt } from "../log/lasting-channel.ts";
import type { Roles } from "../log/roles.ts";
import type { Role } from "../log/statement.ts";
import type { Timestamp } from "../time.ts";

export interface RoleChange {
  readonly node: NodeId;
  readonly role: Role;
  readonly before: Role;
  /** Who said so last, and when; null where it follows from what was said of an admin. */
  readonly by: NodeId | null;
  readonly at: Timestamp | null;
  readonly banned: boolean;
  /** Whose invite it came by; null where it did not. */
  readonly invitedBy: NodeId | null;
  /** It may read what was said before it came; a change of this alone is one too. */
  readonly history: boolean;
}

export class RoleWatch {
  /** As it was told; of all others it is what everybody has. */
  readonly #told = new Map<NodeId, Role>();
  /** To whom it was given to read what was said before, as it was told. */
  readonly #toldPast = new Set<NodeId>();
  /** Those of whom something was said since, with the last that gave and the last that took. */
  readonly #said = new Map<NodeId, { gave: Learnt | null; took: Learnt | null }>();
  #mayBeAnybody = false;

  /** What holds at the beginning is no news. */
  begin(roles: Roles): void {
    for (const node of roles.named()) {
      this.#told.set(node, roles.roleOf(node));
      if (roles.historyOf(node) !== null) this.#toldPast.add(node);
    }
  }

  note(learnt: readonly Learnt[], roles: Roles): void {
    for (const each of learnt) {
      const { statement } = each;
      this.#mayBeAnybody ||= statement.kind !== "revoke" && (statement.kind !== "grant" || statement.invite !== undefined); // uses of an invite are counted anew
      if (statement.kind === "invite" || statement.kind === "invite-end") continue;
      const { node, kind } = statement;
      const said = this.#said.get(node) ?? { gave: null, took: null };
      this.#said.set(node, said);
      if (kind === "grant") said.gave = later(said.gave, each);
      else said.took = later(said.took, each);
      this.#mayBeAnybody ||= roles.wasAdmin(node); // what an admin said counts, or does no more
    }
  }

  take(roles: Roles): RoleChange[] {
    if (this.#said.size === 0 && !this.#mayBeAnybody) return [];
    const nodes = this.#mayBeAnybody ? roles.named() : this.#said.keys();
    const changes = [...nodes].flatMap((node) => this.#changeOf(node, roles) ?? []);
    this.#said.clear();
    this.#mayBeAnybody = false;
    return changes;
  }

  #changeOf(node: NodeId, roles: Roles): RoleChange | null {
    const role = roles.roleOf(node);
    const before = this.#told.get(node) ?? (node === roles.charter.owner ? "owner" : roles.charter.others);
    const history = roles.historyOf(node) !== null;
    const isGiven = history && !this.#toldPast.has(node);
    if (history) this.#toldPast.add(node);
    else this.#toldPast.delete(node);
    if (role === before && !isGiven) return null;
    this.#told.set(node, role);
    const said = this.#said.get(node);
    const last = (role === "none" ? said?.took : said?.gave) ?? said?.took ?? null;
    const at = last === null ? null : Math.floor(last.event.hlc / US_PER_MS);
    const invite = last?.statement.kind === "grant" ? last.statement.invite : undefined;
    const invitedBy = invite === undefined ? null : (roles.invite(invite)?.by.author ?? null);
    return { node, role, before, by: last?.event.author ?? null, at, banned: roles.isBanned(node), invitedBy, history };
  }
}

function later(known: Learnt | null, other: Learnt): Learnt {
  return known === null || other.event.hlc > known.event.hlc ? other : known;
}
