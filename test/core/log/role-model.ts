/**
 * The rules of PROTOCOL.md §13.8 written down as they stand there, over the whole set at once, without memory or haste; and
 * random histories to try them on. What src/core/log/roles.ts says must be the same.
 */
import type { Cut } from "../../../src/core/log/heads.ts";
import type { Covers } from "../../../src/core/log/roles.ts";
import { type Charter, type Position, type Revoke, ROLES, type Role, type Statement } from "../../../src/core/log/statement.ts";
import type { Random } from "../../../src/sim/random.ts";
import type { EventId, InstanceId, NodeId } from "../../../src/wire/index.ts";

export const OWNER = "owner" as NodeId;
export const NODES = [OWNER, ..."abcd"] as NodeId[];
const SEQS = 6;

export interface History {
  readonly charter: Charter;
  readonly statements: readonly Statement[];
}

// ---- the rules ----

export class Model {
  readonly charter: Charter;
  readonly statements: readonly Statement[];
  readonly covers: Covers;

  constructor({ charter, statements }: History, covers: Covers) {
    this.charter = charter;
    const isIdleLeave = ({ kind, by, node }: Statement) => kind === "revoke" && by.author === node && charter.others !== "none";
    this.statements = statements.filter((statement) => statement.node !== OWNER && !isIdleLeave(statement));
    this.covers = covers;
  }

  roleAt(at: Position): Role {
    if (at.author === OWNER) return "owner";
    const roles = this.terms(at.author)
      .filter(([inc]) => this.within(at, inc, this.isAdminTerm(at.author, inc) ? this.endsOfAdmin(at.author) : this.ends(at.author)))
      .map(([, role]) => role);
    return highest(roles);
  }

  private terms(node: NodeId): [number, Role][] {
    const granted = this.statements.flatMap((statement): [number, Role][] => {
      if (statement.kind !== "grant" || statement.node !== node) return [];
      const { by, inc, role } = statement;
      const isByAdmin = role !== "admin" && this.isAdminAt(by) && !this.isBanned(node, inc);
      return by.author === OWNER || isByAdmin ? [[inc, role]] : [];
    });
    const all: [number, Role][] = this.charter.others === "none" ? granted : [[0, this.charter.others], ...granted];
    return [...new Set(all.map(([inc]) => inc))].map((inc) => [inc, highest(all.filter(([each]) => each === inc).map(([, role]) => role))]);
  }

  /** Banned by the owner in a term before `inc`, and not let in again by the owner since, up to `inc`. */
  private isBanned(node: NodeId, inc: number): boolean {
    const bans = this.revokes(node).filter(({ by, ban, inc: ended }) => by.author === OWNER && ban && ended < inc);
    return bans.some(
      ({ inc: ended }) =>
        !this.statements.some(
          (other) => other.kind === "grant" && other.node === node && other.by.author === OWNER && other.inc > ended && other.inc <= inc,
        ),
    );
  }

  private isAdminTerm(node: NodeId, inc: number): boolean {
    return this.statements.some(
      (each) => each.kind === "grant" && each.node === node && each.by.author === OWNER && each.role === "admin" && each.inc === inc,
    );
  }

  private isAdminAt(at: Position): boolean {
    return this.adminTerms(at.author).some((inc) => this.within(at, inc, this.endsOfAdmin(at.author)));
  }

  private adminTerms(node: NodeId): number[] {
    return Array.from({ length: 10 }, (_, inc) => inc).filter((inc) => this.isAdminTerm(node, inc));
  }

  private endsOfAdmin(node: NodeId): Revoke[] {
    const byOwner = this.revokes(node).filter(({ by }) => by.author === OWNER);
    const leaves = this.revokes(node).filter(
      ({ by }) => by.author === node && this.adminTerms(node).some((inc) => this.within(by, inc, byOwner)),
    );
    return [...byOwner, ...leaves];
  }

  private ends(node: NodeId): Revoke[] {
    const byOwner = this.revokes(node).filter(({ by }) => by.author === OWNER);
    const byOthers = [...byOwner, ...this.revokes(node).filter(({ by }) => by.author !== node && this.isAdminAt(by))];
    const leaves = this.revokes(node).filter(
      ({ by }) =>
        by.author === node && this.terms(node).some(([inc]) => this.within(by, inc, this.isAdminTerm(node, inc) ? byOwner : byOthers)),
    );
    return [...byOthers, ...leaves];
  }

  private revokes(node: NodeId): Revoke[] {
    return this.statements.filter((each) => each.kind === "revoke" && each.node === node) as Revoke[];
  }

  private within(at: Position, inc: number, ends: readonly Revoke[]): boolean {
    return ends.every((end) => {
      const cut = end.cuts.get(at.inst);
      return cut === undefined ? end.inc < inc : this.covers(at, cut, at);
    });
  }
}

function highest(roles: readonly Role[]): Role {
  return roles.reduce<Role>((best, role) => (ROLES.indexOf(role) > ROLES.indexOf(best) ? role : best), "none");
}

// ---- histories ----

/** Two logs of a node, with a fork each: `f` leaves `m` after seq 3. */
export function positionsOf(node: NodeId): readonly Position[] {
  return POSITIONS.get(node) ?? [];
}

const FORK = 3;

function positionAt(author: NodeId, inst: string, branch: string, seq: number): Position {
  return { author, inst: inst as InstanceId, seq, id: `${inst}${branch}${seq}` as EventId };
}

const POSITIONS = new Map(NODES.map((node) => [node, logsOf(node)]));

function logsOf(node: NodeId): Position[] {
  const places = ["m", "f"].flatMap((branch) => Array.from({ length: SEQS }, (_, at) => ({ branch, seq: at + 1 })));
  const held = places.filter(({ branch, seq }) => branch === "m" || seq > FORK);
  return ["1", "2"].flatMap((inst) => held.map(({ branch, seq }) => positionAt(node, `${node}${inst}`, branch, seq)));
}

/** The order within such logs. */
export const coversFork: Covers = (_log, cut, at) => {
  if (cut.id === null || at.seq > cut.seq) return false;
  return at.seq === cut.seq ? at.id === cut.id : at.seq <= FORK || at.id.at(-2) === cut.id.at(-2);
};

export function randomHistory(random: Random): History {
  const charter: Charter = { owner: OWNER, others: random.pick(["none", "reader", "member"]), name: "" };
  const used = new Set<EventId>();
  const statements: Statement[] = [];
  const count = 2 + random.below(14);
  while (statements.length < count) {
    const author = random.chance(0.4) ? OWNER : random.pick(NODES);
    const by = random.pick(positionsOf(author));
    if (used.has(by.id)) continue;
    used.add(by.id);
    statements.push(randomStatement(by, random));
  }
  return { charter, statements };
}

function randomStatement(by: Position, random: Random): Statement {
  const inc = random.below(3);
  const node = random.pick(NODES.slice(1));
  if (random.chance(0.5)) return { kind: "grant", by, node, inc, role: random.pick(["admin", "member", "reader"]), at: 1 };
  if (random.chance(0.2) && by.author !== OWNER) {
    const own = [by.inst, { seq: by.seq, id: by.id }] as const;
    return { kind: "revoke", by, node: by.author, inc, cuts: new Map([...randomCuts(by.author, random), own]), ban: false };
  }
  return { kind: "revoke", by, node, inc, cuts: randomCuts(node, random), ban: random.chance(0.2) };
}

function randomCuts(node: NodeId, random: Random): Map<InstanceId, Cut> {
  const cuts = new Map<InstanceId, Cut>();
  for (const position of positionsOf(node)) if (random.chance(0.12)) cuts.set(position.inst, { seq: position.seq, id: position.id });
  return cuts;
}

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}
