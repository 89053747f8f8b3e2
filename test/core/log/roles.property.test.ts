/** Random histories of statements, each in many orders, against the rules written down. Rows 25 and 26 of the attack table. */
import { expect, test } from "vitest";
import { Roles } from "../../../src/core/log/roles.ts";
import { type Position, ROLES, type Role, type Statement } from "../../../src/core/log/statement.ts";
import { Random } from "../../../src/sim/random.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { coversFork, type History, Model, NODES, OWNER, positionsOf, randomHistory, shuffled } from "./role-model.ts";
import { FULL_TIMEOUT_MS, runs } from "./scale.ts";

const HISTORIES = runs(34_000, 1_000_000);
const ORDERS = 4;
const POSITIONS = NODES.flatMap(positionsOf);

/** Gives the statements as they come, and again those of a node that was made an admin. */
function rolesAfter({ charter }: History, order: readonly Statement[]): Roles {
  const roles = new Roles(charter, coversFork);
  const come: Statement[] = [];
  const give = (statement: Statement): void => {
    const again = roles.add(statement);
    if (again !== null) for (const each of come.filter(({ by }) => by.author === again)) give(each);
  };
  for (const statement of order) {
    come.push(statement);
    give(statement);
    roles.roleAt(POSITIONS[(7 * come.length) % POSITIONS.length] as Position); // a question in between changes nothing
  }
  return roles;
}

/** All that can be asked, as one text. */
function answers(roles: Roles): string {
  let said = "";
  for (const at of POSITIONS) {
    said += roles.roleAt(at)[0];
    if (at.seq === 1) said += roles.cutOf(at)?.seq ?? "-";
  }
  for (const node of NODES) said += ` ${roles.roleOf(node)} ${roles.lastInc(node)} ${roles.nextInc(node)}`;
  return said + roles.members().map(({ node, role }) => ` ${node}=${role}`);
}

test("the answers are the same in every order, and those of the rules", { timeout: FULL_TIMEOUT_MS }, () => {
  for (let seed = 0; seed < HISTORIES; seed++) {
    const random = new Random(seed);
    const history = randomHistory(random);
    const first = rolesAfter(history, history.statements);
    const said = answers(first);
    for (let order = 1; order < ORDERS; order++) {
      const again = answers(rolesAfter(history, shuffled(history.statements, random)));
      if (again !== said) expect(again, `seed ${seed}`).toBe(said);
    }
    if (seed % 8 === 0) checkRules(history, first, `seed ${seed}`);
    if (seed % 8 === 1) checkPromises(history, first, random, `seed ${seed}`);
  }
});

function checkRules(history: History, roles: Roles, seed: string): void {
  const model = new Model(history, coversFork);
  for (const at of POSITIONS)
    if (roles.roleAt(at) !== model.roleAt(at)) expect(roles.roleAt(at), `${seed} ${at.id}`).toBe(model.roleAt(at));
}

/** What the rules are for, each by itself. */
function checkPromises(history: History, roles: Roles, random: Random, seed: string): void {
  const { statements } = history;
  for (const node of NODES.slice(1)) {
    const madeAdmin = statements.some(
      (each) => each.kind === "grant" && each.node === node && each.role === "admin" && each.by.author === OWNER,
    );
    if (!madeAdmin)
      expect(
        positionsOf(node).map((at) => roles.roleAt(at)),
        `${seed}: only the owner makes admins`,
      ).not.toContain("admin");
    checkRemoval(history, roles, node, seed);
  }
  const outsider = NODES.slice(1).find(
    (node) => !statements.some((each) => each.kind === "grant" && each.node === node && each.role === "admin" && each.by.author === OWNER),
  );
  if (outsider === undefined) return;
  const without = statements.filter(({ by, node }) => by.author !== outsider || node === outsider);
  expect(answers(rolesAfter(history, shuffled(without, random))), `${seed}: who is no admin says nothing`).toBe(answers(roles));
}

/** A removal by the owner that no later term follows: nothing beyond its cuts counts, whatever else is said. */
function checkRemoval({ statements }: History, roles: Roles, node: NodeId, seed: string): void {
  const latest = Math.max(-1, ...statements.map((each) => (each.kind === "grant" && each.node === node ? each.inc : -1)));
  for (const revoke of statements) {
    if (revoke.kind !== "revoke" || revoke.node !== node || revoke.by.author !== OWNER || revoke.inc < Math.max(latest, 0)) continue;
    for (const at of positionsOf(node)) {
      const cut = revoke.cuts.get(at.inst);
      const isBeyond = cut === undefined || !coversFork(at, cut, at);
      if (isBeyond && roles.roleAt(at) !== "none") expect(roles.roleAt(at), `${seed}: ${at.id} is beyond the cut`).toBe("none");
    }
  }
}

test("a cut tells where a log ends: nothing after it counts, and something up to it does", { timeout: FULL_TIMEOUT_MS }, () => {
  for (let seed = 0; seed < HISTORIES / 10; seed++) {
    const history = randomHistory(new Random(seed));
    const roles = rolesAfter(history, history.statements);
    for (const at of POSITIONS) {
      const cut = roles.cutOf(at);
      if (cut !== null && at.seq > cut.seq) expect(roles.roleAt(at), `seed ${seed} ${at.id}`).toBe("none");
      if (cut === null) expect(ROLES.indexOf(roles.roleAt(at)), `seed ${seed} ${at.id}`).toBeGreaterThan(0);
    }
  }
});

/** The code that one would write first: who may do what changes as statements come. */
class AsTheyCome {
  readonly roles = new Map<NodeId, Role>();
  readonly others: Role;

  constructor({ charter }: History) {
    this.others = charter.others;
    this.roles.set(OWNER, "owner");
  }

  add(statement: Statement): void {
    const rank = (node: NodeId) => ROLES.indexOf(this.roles.get(node) ?? this.others);
    const { by, node } = statement;
    const role = statement.kind === "grant" ? statement.role : "none";
    if (rank(by.author) < ROLES.indexOf("admin") || rank(node) >= rank(by.author) || ROLES.indexOf(role) >= rank(by.author)) return;
    this.roles.set(node, role);
  }
}

test("applied as they come, the same statements leave members apart: the test above can see it", () => {
  let apart = 0;
  const tried = 2_000;
  for (let seed = 0; seed < tried; seed++) {
    const random = new Random(seed);
    const history = randomHistory(random);
    const ends = [history.statements, shuffled(history.statements, random)].map((order) => {
      const roles = new AsTheyCome(history);
      for (const statement of order) roles.add(statement);
      return JSON.stringify(NODES.map((node) => roles.roles.get(node)));
    });
    if (ends[0] !== ends[1]) apart++;
  }
  expect(apart).toBeGreaterThan(tried / 5);
});

test("the histories reach what they are meant to try", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 500; seed++) {
    const history = randomHistory(new Random(seed));
    const roles = rolesAfter(history, history.statements);
    for (const at of POSITIONS) seen.add(roles.roleAt(at));
    const position: Position | undefined = POSITIONS.find((at) => roles.roleAt(at) === "admin" && (roles.cutOf(at)?.seq ?? 0) > at.seq);
    if (position !== undefined) seen.add("an admin up to a cut");
    if (NODES.some((node) => roles.nextInc(node) > 2)) seen.add("a third term");
  }
  expect([...seen].sort()).toEqual(["a third term", "admin", "an admin up to a cut", "member", "none", "owner", "reader"]);
});
