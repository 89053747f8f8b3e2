/**
 * Who may do what in a channel: a function of the set of statements, whatever the order in which they came.
 * PROTOCOL.md §13.8 has the rules; the words here are its words:
 *
 *   term      one of the times, numbered by `inc`, that a node takes part, with the role granted for it
 *   within    a position of a log lies within a term when none of the term's ends cuts the log before it
 *   ends      the revokes that count against a term: an admin's does not where the owner made the node an admin
 *
 * Whether a statement of an admin counts depends on statements of the owner, and on leaves of that admin, alone; so
 * nothing here goes in circles. What counts of invites depends on these in turn (`invite.ts`).
 */
import type { EventId, InstanceId, NodeId } from "../../wire/index.ts";
import { type Cut, keyOf, type LogName } from "./heads.ts";
import type { HybridTime } from "./hlc.ts";
import { type Invite, InviteBook, type InviteEnd } from "./invite.ts";
import { rankOf } from "./kind.ts";
import { LEAVES_MAX, STATEMENTS_PER_ADMIN_MAX } from "./limits.ts";
import type { Charter, Grant, Position, Revoke, Role, Statement } from "./statement.ts";

/** True when `at` is the cut's event or lies before it in the same chain. */
export type Covers = (log: LogName, cut: Cut, at: { readonly seq: number; readonly id: string }) => boolean;

/** Right for logs that do not contradict themselves. */
export const coversBySeq: Covers = (_log, cut, at) => at.seq < cut.seq || (at.seq === cut.seq && at.id === cut.id);

/** A term as it is for one log: up to all of these cuts, with this role. */
interface Term {
  readonly role: Role;
  readonly cuts: readonly Cut[];
}

/** What is said of one node. */
interface Subject {
  readonly grants: Grant[];
  readonly revokes: Revoke[];
}

export class Roles {
  readonly charter: Charter;
  readonly #covers: Covers;
  readonly #subjects = new Map<NodeId, Subject>();
  readonly #known = new Set<EventId>();
  readonly #counts = new Map<NodeId, number>();
  /** The terms of each log; good until the next statement. */
  readonly #terms = new Map<string, readonly Term[]>();
  readonly #invites = new InviteBook();
  /** Who came in by each invite; as good as the terms. */
  readonly #guests = new Map<EventId, ReadonlySet<NodeId>>();

  constructor(charter: Charter, covers: Covers = coversBySeq) {
    this.charter = charter;
    this.#covers = covers;
  }

  /**
   * Takes a statement. One of a node that the owner has not made an admin says nothing (but its own leave) and is not
   * remembered.
   * @returns the node that this statement makes an admin: what it said before has to be given again; else null
   */
  add(statement: Statement): NodeId | null {
    const { by, node } = statement;
    if (this.#known.has(by.id) || !this.#hasRoom(statement)) return null;
    this.#know(by.id);
    const subject = this.#subjects.get(node) ?? { grants: [], revokes: [] };
    const before = this.wasAdmin(node);
    this.#subjects.set(node, subject);
    if (statement.kind === "grant") subject.grants.push(statement);
    else subject.revokes.push(statement);
    if (statement.kind === "grant" && statement.invite !== undefined) this.#invites.note(statement, statement.invite);
    return !before && this.wasAdmin(node) ? node : null;
  }

  /** Takes an invite, or its end. One of a node that the owner has not made an admin is not remembered. */
  addInvite(said: Invite | InviteEnd): void {
    if (this.#known.has(said.by.id) || !this.#hasRoomFor(said.by.author)) return;
    this.#know(said.by.id);
    this.#invites.add(said);
  }

  /** The role that an author has at a place of its log. */
  roleAt(position: Position): Role {
    if (position.author === this.charter.owner) return "owner";
    return this.#termsOf(position).find(({ cuts }) => this.#isWithin(position, cuts))?.role ?? "none";
  }

  /** The role that a node would have in a log that it begins now. */
  roleOf(node: NodeId): Role {
    if (node === this.charter.owner) return "owner";
    return this.#termsOf({ author: node, inst: FRESH }).find(({ cuts }) => cuts.length === 0)?.role ?? "none";
  }

  /** When the term began in which a node would write now; null where it has no role, 0 where nobody had to give it. */
  sinceOf(node: NodeId): HybridTime | null {
    if (this.roleOf(node) === "none") return null;
    if (node === this.charter.owner) return 0;
    const grants = (this.#subjects.get(node)?.grants ?? []).filter((grant) => this.#isGrantable(grant) && this.#isOpen(grant));
    return grants.reduce<HybridTime>((first, { at }) => (first === 0 || at < first ? at : first), 0);
  }

  /**
   * When a node was last given to read what was sealed before it came, in a term that nothing ends; null where it was not. A grant by an invite says
   * what the invite says, so that it does not matter who writes it. PROTOCOL.md §19.6.
   */
  historyOf(node: NodeId): HybridTime | null {
    if (this.charter.keepsPast === true || this.roleOf(node) === "none") return null;
    const grants = (this.#subjects.get(node)?.grants ?? []).filter((grant) => this.#isGrantable(grant) && this.#isOpen(grant));
    const giving = grants.filter(({ history, invite }) => history || (invite !== undefined && this.invite(invite)?.history));
    return giving.reduce<HybridTime | null>((last, { at }) => (last === null || at > last ? at : last), null);
  }

  /** True for a grant of a term that nothing ends. */
  #isOpen({ node, inc }: Grant): boolean {
    const ends = this.#isAdminIn(node, inc) ? this.#endsOfAdmin(node) : this.#endsOf(node, [...this.#rolesByInc(node).keys()]);
    return !ends.some((end) => end.inc >= inc);
  }

  /** Where a log ends, as far as it counts at all; null for one that goes on. */
  cutOf(log: LogName): Cut | null {
    if (log.author === this.charter.owner) return null;
    let farthest: Cut | null = NOTHING;
    for (const { cuts } of this.#termsOf(log)) {
      const nearest = cuts.reduce<Cut | null>((least, cut) => (least === null || cut.seq < least.seq ? cut : least), null);
      if (nearest === null) return null;
      if (farthest !== null && nearest.seq > farthest.seq) farthest = nearest;
    }
    return farthest;
  }

  /** True for a node whose statements about others count, or counted once. */
  hasRuled(node: NodeId): boolean {
    return node === this.charter.owner || this.wasAdmin(node);
  }

  /** The `inc` of a revoke that ends every term of a node. */
  lastInc(node: NodeId): number {
    return Math.max(0, ...this.#rolesByInc(node).keys());
  }

  /** The `inc` of a grant that would let a node take part, whatever was revoked before. */
  nextInc(node: NodeId): number {
    const ends = [...this.#endsOf(node, [...this.#rolesByInc(node).keys()]), ...this.#endsOfAdmin(node)];
    return ends.reduce((next, { inc }) => Math.max(next, inc + 1), 1);
  }

  /** All nodes that a statement names, whatever it does. */
  named(): IterableIterator<NodeId> {
    return this.#subjects.keys();
  }

  /** True for a node that the owner made an admin, once at least: what it said may count or not as its own terms come and go. */
  wasAdmin(node: NodeId): boolean {
    return this.#adminIncs(node).length > 0;
  }

  /** True for whom an owner or admin has taken a role from, or removed: no invite undoes that. */
  wasRevoked(node: NodeId): boolean {
    return this.#revokesOf(node).some(({ by }) => by.author !== node && this.#isRulerAt(by));
  }

  /** The invites that count, in their order. */
  invites(): Invite[] {
    return this.#invites.all().filter(({ by }) => this.#isRulerAt(by));
  }

  /** One that counts. */
  invite(id: EventId): Invite | null {
    const invite = this.#invites.get(id);
    return invite !== undefined && this.#isRulerAt(invite.by) ? invite : null;
  }

  isInviteEnded(id: EventId): boolean {
    return this.#invites.isEnded(id, (by) => this.#isRulerAt(by));
  }

  /** Who came in by an invite. */
  guestsOf(invite: Invite): ReadonlySet<NodeId> {
    const known = this.#guests.get(invite.by.id);
    if (known !== undefined) return known;
    const guests = this.#invites.guests(invite, (grant) => this.#isAllowed(grant));
    this.#guests.set(invite.by.id, guests);
    return guests;
  }

  /** True while only the owner may let the node in again. */
  isBanned(node: NodeId): boolean {
    const bans = this.#revokesOf(node).filter(({ ban, by }) => ban && by.author === this.charter.owner);
    const last = Math.max(...bans.map(({ inc }) => inc));
    return bans.length > 0 && !this.#ownerGrants(node).some(({ inc }) => inc > last);
  }

  /** The nodes that statements name and that take part now, in the order of their ids; the owner first. */
  members(): { readonly node: NodeId; readonly role: Role }[] {
    const { owner, pair } = this.charter;
    const named = [...this.#subjects.keys()].filter((node) => node !== owner).sort();
    const all = owner === null ? [...(pair ?? []), ...named] : [owner, ...named];
    return all.map((node) => ({ node, role: this.roleOf(node) })).filter(({ role }) => role !== "none");
  }

  // ---- the rules ----

  #termsOf(log: LogName): readonly Term[] {
    const key = keyOf(log);
    const known = this.#terms.get(key);
    if (known !== undefined) return known;
    const terms = this.#findTerms(log);
    this.#terms.set(key, terms);
    return terms;
  }

  /** The terms within which something of a log lies, the highest role first. */
  #findTerms({ author, inst }: LogName): Term[] {
    const roles = this.#rolesByInc(author);
    const asAdmin = this.#endsOfAdmin(author);
    const others = this.#endsOf(author, [...roles.keys()]);
    const terms: Term[] = [];
    for (const [inc, role] of roles) {
      const cuts = cutsWithin(this.#isAdminIn(author, inc) ? asAdmin : others, inc, inst);
      if (cuts !== null) terms.push({ role, cuts });
    }
    return terms.sort((a, b) => rankOf(b.role) - rankOf(a.role));
  }

  /** The terms of a node: for each `inc` the highest role granted. */
  #rolesByInc(node: NodeId): Map<number, Role> {
    const roles = new Map<number, Role>();
    const { others, pair } = this.charter;
    if (others !== "none" && pair?.includes(node) !== false) roles.set(0, others);
    for (const grant of this.#subjects.get(node)?.grants ?? []) {
      if (this.#isGrantable(grant) && rankOf(grant.role) > rankOf(roles.get(grant.inc) ?? "none")) roles.set(grant.inc, grant.role);
    }
    return roles;
  }

  /** Whoever comes by an invite is among those whom it lets in. */
  #isGrantable(grant: Grant): boolean {
    const invite = grant.invite === undefined ? null : this.invite(grant.invite);
    return this.#isAllowed(grant) && (invite === null || this.guestsOf(invite).has(grant.node));
  }

  /** The owner grants what it likes; an admin makes no admins, and lets in nobody whom the owner banned and did not let in again. */
  #isAllowed({ by, node, inc, role }: Grant): boolean {
    if (by.author === this.charter.owner) return true;
    if (role === "admin" || !this.#isAdminAt(by)) return false;
    const bans = this.#revokesOf(node).filter((revoke) => revoke.ban && revoke.by.author === this.charter.owner && revoke.inc < inc);
    const last = Math.max(...bans.map((ban) => ban.inc));
    return bans.length === 0 || this.#ownerGrants(node).some((grant) => grant.inc > last && grant.inc <= inc);
  }

  #isRulerAt(position: Position): boolean {
    return position.author === this.charter.owner || this.#isAdminAt(position);
  }

  /** True when the owner made the author of a statement an admin, and neither the owner nor itself ended that before it. */
  #isAdminAt(position: Position): boolean {
    const incs = this.#adminIncs(position.author);
    if (incs.length === 0) return false;
    const ends = this.#endsOfAdmin(position.author);
    return incs.some((inc) => this.#isWithin(position, cutsWithin(ends, inc, position.inst)));
  }

  /** What counts against the terms of a node as an admin: the owner's revokes and its own leaves. */
  #endsOfAdmin(node: NodeId): Revoke[] {
    const byOwner = this.#revokesOf(node).filter(({ by }) => by.author === this.charter.owner);
    return [...byOwner, ...this.#leavesWithin(node, this.#adminIncs(node), () => byOwner)];
  }

  /** What counts against its other terms: revokes of admins too. */
  #endsOf(node: NodeId, incs: readonly number[]): Revoke[] {
    const byOwner = this.#revokesOf(node).filter(({ by }) => by.author === this.charter.owner);
    const byAdmins = this.#revokesOf(node).filter(({ by }) => by.author !== node && this.#isAdminAt(by));
    const byOthers = [...byOwner, ...byAdmins];
    return [...byOthers, ...this.#leavesWithin(node, incs, (inc) => (this.#isAdminIn(node, inc) ? byOwner : byOthers))];
  }

  /** The leaves of a node that lie within one of its terms: one that was written after its removal must not count where it was seen. */
  #leavesWithin(node: NodeId, incs: readonly number[], ends: (inc: number) => readonly Revoke[]): Revoke[] {
    const leaves = this.#revokesOf(node).filter(({ by }) => by.author === node);
    return leaves.filter(({ by }) => incs.some((inc) => this.#isWithin(by, cutsWithin(ends(inc), inc, by.inst))));
  }

  #isWithin(position: Position, cuts: readonly Cut[] | null): boolean {
    return cuts?.every((cut) => this.#covers(position, cut, position)) === true;
  }

  #revokesOf(node: NodeId): readonly Revoke[] {
    return this.#subjects.get(node)?.revokes ?? [];
  }

  #ownerGrants(node: NodeId): readonly Grant[] {
    return (this.#subjects.get(node)?.grants ?? []).filter(({ by }) => by.author === this.charter.owner);
  }

  /** The terms in which the owner made a node an admin. */
  #adminIncs(node: NodeId): number[] {
    return this.#ownerGrants(node)
      .filter(({ role }) => role === "admin")
      .map(({ inc }) => inc);
  }

  // ---- what is remembered ----

  #isAdminIn(node: NodeId, inc: number): boolean {
    return this.#adminIncs(node).includes(inc);
  }

  #know(id: EventId): void {
    this.#known.add(id);
    this.#terms.clear();
    this.#guests.clear();
  }

  #hasRoom(statement: Statement): boolean {
    const { author } = statement.by;
    const { owner, others } = this.charter;
    if (owner === null || statement.node === owner) return false;
    const isLeave = statement.kind === "revoke" && author === statement.node;
    if (isLeave && others !== "none") return false; // who is let in by the charter may go and come as it likes
    return this.#hasRoomFor(author, isLeave);
  }

  #hasRoomFor(author: NodeId, isLeave = false): boolean {
    const { owner } = this.charter;
    if (owner === null) return false;
    if (author === owner) return true;
    if (!isLeave && !this.wasAdmin(author)) return false;
    const count = this.#counts.get(author) ?? 0;
    if (count >= (this.wasAdmin(author) ? STATEMENTS_PER_ADMIN_MAX : LEAVES_MAX)) return false;
    this.#counts.set(author, count + 1);
    return true;
  }
}

/** No instance has this name, so it stands for one that no revoke can have named. */
const FRESH = "" as InstanceId;
const NOTHING: Cut = { seq: 0, id: null };

/**
 * The cuts up to which a log counts in a term; null when nothing of it does. A log that was cut in an earlier term stays
 * cut: who takes part again begins a new one.
 */
function cutsWithin(against: readonly Revoke[], inc: number, inst: InstanceId): Cut[] | null {
  const cuts: Cut[] = [];
  for (const revoke of against) {
    const cut = revoke.cuts.get(inst);
    if (cut !== undefined) cuts.push(cut);
    else if (revoke.inc >= inc) return null;
  }
  return cuts;
}
