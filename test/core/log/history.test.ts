/** Who may read what was sealed before it came: a function of the set of statements, whatever their order. PROTOCOL.md §19.6. */
import { describe, expect, test } from "vitest";
import { type Invite, inviteDetails, inviteIn } from "../../../src/core/log/invite.ts";
import { Roles } from "../../../src/core/log/roles.ts";
import type { Grant, Statement } from "../../../src/core/log/statement.ts";
import { charterOf, grantDetails, statementOf } from "../../../src/core/log/statement.ts";
import { HISTORY_MS } from "../../../src/core/private/limits.ts";
import { isPastOpen } from "../../../src/core/private/past-keys.ts";
import { Random } from "../../../src/sim/random.ts";
import type { EventId, NodeId } from "../../../src/wire/index.ts";
import { Author } from "./author.ts";
import { coversFork, type History, NODES, OWNER, randomHistory, shuffled } from "./role-model.ts";
import { FULL_TIMEOUT_MS, runs } from "./scale.ts";

const HISTORIES = runs(6_000, 200_000);
const ORDERS = 4;

/** Gives the statements as they come, and again those of a node that was made an admin. */
function rolesAfter({ charter }: Pick<History, "charter">, order: readonly Statement[]): Roles {
  const roles = new Roles({ ...charter, others: "none" }, coversFork);
  const come: Statement[] = [];
  const give = (statement: Statement): void => {
    const again = roles.add(statement);
    if (again !== null) for (const each of come.filter(({ by }) => by.author === again)) give(each);
  };
  for (const [n, statement] of order.entries()) {
    come.push(statement);
    give(statement);
    roles.historyOf(NODES[n % NODES.length] as NodeId); // a question in between changes nothing
  }
  return roles;
}

/** A history of statements in which some grants give the past, at times of their own. */
function withPast(random: Random): History {
  const { charter, statements } = randomHistory(random);
  const all = statements.map((each, n): Statement => {
    if (each.kind !== "grant") return each;
    return { ...each, at: 1_000 + n, ...(random.chance(0.5) ? { history: true as const } : {}) };
  });
  return { charter, statements: all };
}

const answers = (roles: Roles) => NODES.map((node) => `${node} ${roles.historyOf(node)}`).join();
const isGrant = (statement: Statement): statement is Grant => statement.kind === "grant";

test("it is the same in every order, only of who has a role, and only by a grant of who may give one", { timeout: FULL_TIMEOUT_MS }, () => {
  let given = 0;
  for (let seed = 0; seed < HISTORIES; seed++) {
    const random = new Random(seed);
    const history = withPast(random);
    const roles = rolesAfter(history, history.statements);
    for (let order = 1; order < ORDERS; order++) {
      const again = answers(rolesAfter(history, shuffled(history.statements, random)));
      if (again !== answers(roles)) expect(again, `seed ${seed}`).toBe(answers(roles));
    }
    const rulers = new Set([
      OWNER,
      ...history.statements.filter(isGrant).flatMap(({ by, node, role }) => (by.author === OWNER && role === "admin" ? [node] : [])),
    ]);
    for (const node of NODES) {
      const at = roles.historyOf(node);
      if (at === null) continue;
      given++;
      const by = history.statements.find((each) => isGrant(each) && each.node === node && each.at === at && each.history === true);
      if (by === undefined || !rulers.has(by.by.author) || roles.roleOf(node) === "none")
        expect.fail(`seed ${seed}: ${node} was given the past by nobody who may`);
    }
    // What the rest claims changes nothing.
    const without = history.statements.map((each): Statement => {
      if (!isGrant(each) || rulers.has(each.by.author)) return each;
      const { history: _, ...rest } = each;
      return rest;
    });
    if (answers(rolesAfter(history, without)) !== answers(roles)) expect.fail(`seed ${seed}: a claim of somebody else counts`);
  }
  expect(given).toBeGreaterThan(HISTORIES / 10);
});

describe("a grant by an invite", () => {
  const [owner, admin, guest] = [new Author(1), new Author(2), new Author(3)];
  const charter = { owner: owner.id, others: "none", name: "", isPrivate: true } as const;

  /** An invite by the owner, and a grant by an admin that names it. */
  function cameBy({ inInvite, inGrant }: { inInvite: boolean; inGrant: boolean }, of: typeof charter = charter): Roles {
    const terms = { key: guest.id, role: "member", until: 9, uses: 1, ...(inInvite ? { history: true as const } : {}) } as const;
    const made = owner.write({ kind: "invite", text: "", details: inviteDetails(terms) });
    const makes = owner.write({ kind: "grant", text: "", details: grantDetails(admin.id, 1, "admin") });
    const lets = admin.write({ kind: "grant", text: "", details: grantDetails(guest.id, 1, "member", made.id as EventId, inGrant) });
    const roles = new Roles(of);
    for (const event of [lets, makes, lets]) roles.add(statementOf(event) as Statement);
    roles.addInvite(inviteIn(made) as Invite);
    return roles;
  }

  test.each([
    [true, false, "the invite says so, though an older program wrote the grant"],
    [false, true, "the admin says so"],
    [true, true, "both say so"],
  ])("gives the past where %s %s: %s", (inInvite, inGrant) => {
    expect(cameBy({ inInvite, inGrant }).historyOf(guest.id)).not.toBeNull();
  });

  test("gives none where neither does, nor in a channel that rules it out", () => {
    expect(cameBy({ inInvite: false, inGrant: false }).historyOf(guest.id)).toBeNull();
    expect(cameBy({ inInvite: true, inGrant: true }, { ...charter, keepsPast: true } as never).historyOf(guest.id)).toBeNull();
  });
});

test("a genesis rules it out with history no, and with no other word", () => {
  const charter = (...details: [string, string][]) =>
    charterOf(new Author(1).write({ kind: "genesis", text: "", details: [["mode", "private"], ["name", "attic"], ...details] }))?.keepsPast;
  expect(charter(["history", "no"])).toBe(true);
  for (const details of [
    [],
    [["history", "yes"]],
    [
      ["history", "yes"],
      ["history", "no"],
    ],
  ] as [string, string][][])
    expect(charter(...details), JSON.stringify(details)).toBeUndefined();
});

test("a member is answered for 30 days from the grant on, and not before it is due", () => {
  const at = 1_790_000_000_000;
  expect(isPastOpen(null, at)).toBe(false);
  expect(isPastOpen(1_000 * at, at)).toBe(true);
  expect(isPastOpen(1_000 * at, at + HISTORY_MS - 1)).toBe(true);
  expect(isPastOpen(1_000 * at, at + HISTORY_MS)).toBe(false);
  expect(isPastOpen(1_000 * (at + 60_001), at)).toBe(false);
  expect(isPastOpen(1_000 * (at + 60_000), at)).toBe(true);
});
