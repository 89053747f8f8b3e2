/** Who may do what: the cases of membership.json, and what roles remember. PROTOCOL.md §13.8. */
import { describe, expect, test } from "vitest";
import type { Detail, Event } from "../../../src/core/log/event.ts";
import { LEAVES_MAX, STATEMENTS_PER_ADMIN_MAX } from "../../../src/core/log/limits.ts";
import { Roles } from "../../../src/core/log/roles.ts";
import {
  type Charter,
  charterOf,
  grantDetails,
  leaveDetails,
  type Position,
  type Role,
  revokeDetails,
  type Statement,
  statementOf,
} from "../../../src/core/log/statement.ts";
import { Random } from "../../../src/sim/random.ts";
import type { EventId, InstanceId, NodeId } from "../../../src/wire/index.ts";
import { vectors } from "../../crypto/vectors.ts";
import { Author } from "./author.ts";
import { OWNER, shuffled } from "./role-model.ts";

interface Case {
  readonly name: string;
  readonly owner: NodeId | null;
  readonly others: Role;
  readonly events: readonly (Position & { kind: string; details: Detail[] })[];
  readonly roles: readonly (Position & { role: Role })[];
}

const { cases } = vectors<{ cases: Case[] }>("membership");

/** The roles after these statements, and after those of whom they make an admin once more. */
function rolesAfter(charter: Charter, statements: readonly Statement[]): Roles {
  const roles = new Roles(charter);
  for (const statement of statements) {
    const again = roles.add(statement);
    for (const each of statements) if (each.by.author === again) roles.add(each);
  }
  return roles;
}

describe("membership.json", () => {
  test.each(cases)("$name", ({ owner, others, events, roles: expected }) => {
    const statements = events.map((event) => statementOf(event as unknown as Event)).filter((statement) => statement !== null);
    for (let seed = 0; seed < 20; seed++) {
      const roles = rolesAfter({ owner, others, name: "" }, shuffled(statements, new Random(seed)));
      for (const { role, ...at } of expected) expect(roles.roleAt(at), `${at.author.slice(0, 1)} ${at.inst} ${at.seq}`).toBe(role);
    }
  });
});

let last = 0;
const by = (author: NodeId, inst = "1"): Position => {
  last++;
  return { author, inst: inst as InstanceId, seq: last, id: `${last}` as EventId };
};
const grant = (author: NodeId, node: NodeId, inc: number, role: Role): Statement => ({
  kind: "grant",
  by: by(author),
  node,
  inc,
  role,
  at: 1,
});
const revoke = (author: NodeId, node: NodeId, inc: number): Statement => ({
  kind: "revoke",
  by: by(author),
  node,
  inc,
  cuts: new Map(),
  ban: false,
});
const [A, B, C] = ["a", "b", "c"] as NodeId[] as [NodeId, NodeId, NodeId];
const CLOSED: Charter = { owner: OWNER, others: "none", name: "" };

describe("roles", () => {
  test("answer by what is known now, also when asked in between", () => {
    const roles = new Roles(CLOSED);
    expect(roles.roleOf(A)).toBe("none");
    roles.add(grant(OWNER, A, 1, "member"));
    expect(roles.roleOf(A)).toBe("member");
    roles.add(revoke(OWNER, A, 1));
    expect(roles.roleOf(A)).toBe("none");
    expect([roles.lastInc(A), roles.nextInc(A)]).toEqual([1, 2]);
    roles.add(grant(OWNER, A, roles.nextInc(A), "reader"));
    expect(roles.roleOf(A)).toBe("reader");
  });

  test("name the members, the owner first", () => {
    const roles = rolesAfter(CLOSED, [
      grant(OWNER, B, 1, "admin"),
      grant(OWNER, A, 1, "reader"),
      grant(OWNER, C, 1, "member"),
      revoke(OWNER, C, 1),
      grant(OWNER, OWNER, 1, "reader"),
    ]);
    expect(roles.members()).toEqual([
      { node: OWNER, role: "owner" },
      { node: A, role: "reader" },
      { node: B, role: "admin" },
    ]);
  });

  test("ask for an admin's earlier words when its grant comes after them", () => {
    const roles = new Roles(CLOSED);
    const word = grant(A, B, 1, "member");
    expect(roles.add(word)).toBeNull();
    expect(roles.roleOf(B)).toBe("none");
    expect(roles.add(grant(OWNER, A, 1, "admin"))).toBe(A);
    expect(roles.add(grant(OWNER, A, 2, "admin"))).toBeNull();
    roles.add(word);
    expect(roles.roleOf(B)).toBe("member");
  });

  test("take no lead from an admin's wild numbers once the admin is cut", () => {
    const wild = revoke(A, B, 900_000);
    const cut = { ...revoke(OWNER, A, 1), cuts: new Map([["1" as InstanceId, { seq: wild.by.seq - 1, id: "x" as EventId }]]) } as Statement;
    const roles = rolesAfter(CLOSED, [grant(OWNER, A, 1, "admin"), wild]);
    expect(roles.nextInc(B)).toBe(900_001);
    roles.add(cut);
    expect(roles.nextInc(B)).toBe(1);
  });

  test("let a leave as an admin count though another admin had removed the member", () => {
    const closing = { ...revoke(B, A, 1), cuts: new Map([["2" as InstanceId, { seq: last, id: "x" as EventId }]]) } as Statement;
    const leave = { ...revoke(A, A, 2), by: by(A, "2") } as Statement;
    const roles = rolesAfter(CLOSED, [grant(OWNER, A, 1, "admin"), grant(OWNER, B, 1, "admin"), grant(B, A, 2, "member"), closing, leave]);
    expect(roles.roleOf(A)).toBe("none");
  });
});

describe("what roles remember", () => {
  test("of an admin is bounded; the owner always gets a word in", () => {
    const roles = new Roles(CLOSED);
    roles.add(grant(OWNER, A, 1, "admin"));
    for (let count = 0; count < STATEMENTS_PER_ADMIN_MAX; count++) roles.add(grant(A, `n${count}` as NodeId, 1, "member"));
    roles.add(grant(A, B, 1, "member"));
    expect(roles.roleOf(B)).toBe("none");
    roles.add(grant(OWNER, B, 1, "member"));
    expect(roles.roleOf(B)).toBe("member");
    expect(roles.roleOf("n77" as NodeId)).toBe("member");
  });

  test("is a statement once, however often it comes", () => {
    const roles = new Roles(CLOSED);
    roles.add(grant(OWNER, A, 1, "admin"));
    const word = grant(A, B, 1, "member");
    for (let count = 0; count < 2 * STATEMENTS_PER_ADMIN_MAX; count++) roles.add(word);
    roles.add(grant(A, C, 1, "member"));
    expect(roles.roleOf(C)).toBe("member");
  });

  test("of everybody else is a few leaves", () => {
    const roles = new Roles(CLOSED);
    roles.add(grant(OWNER, A, 1_000, "member"));
    for (let count = 0; count < LEAVES_MAX; count++) roles.add(revoke(A, A, 1));
    roles.add(revoke(A, A, 1_000));
    expect(roles.roleOf(A)).toBe("member");
  });

  test("100,000 members announced at once are listed", () => {
    const roles = new Roles(CLOSED);
    for (let count = 0; count < 100_000; count++) roles.add(grant(OWNER, `n${count}` as NodeId, 1, "member"));
    expect(roles.members()).toHaveLength(100_001);
  });
});

describe("statements in events", () => {
  const author = new Author(1);
  const other = new Author(2);
  const cut = [other.inst, { seq: 3, id: other.draft().id }] as const;

  test("come out as they were put in", () => {
    const granted = author.write({ kind: "grant", details: grantDetails(other.id, 4, "reader") });
    const at = { author: author.id, inst: author.inst, seq: granted.seq, id: granted.id };
    expect(statementOf(granted)).toEqual({ kind: "grant", by: at, node: other.id, inc: 4, role: "reader", at: granted.hlc });
    const revoked = author.write({ kind: "revoke", details: revokeDetails(other.id, 4, [cut], true) });
    expect(statementOf(revoked)).toMatchObject({ kind: "revoke", node: other.id, inc: 4, cuts: new Map([cut]), ban: true });
    const left = author.write({ kind: "leave", details: leaveDetails(4, [cut]) });
    const own = [author.inst, { seq: left.seq, id: left.id }] as const;
    expect(statementOf(left)).toMatchObject({ kind: "revoke", node: author.id, inc: 4, cuts: new Map([cut, own]), ban: false });
    expect(statementOf(author.post("hello"))).toBeNull();
  });

  test.each([
    [[["mode", "open"]], { others: "member", name: "" }],
    [
      [
        ["mode", "open"],
        ["name", "garden"],
        ["others", "reader"],
      ],
      { others: "reader", name: "garden" },
    ],
    [
      [
        ["mode", "private"],
        ["others", "member"],
      ],
      { others: "none", name: "", isPrivate: true },
    ],
    [
      [
        ["mode", "open"],
        ["others", "admin"],
      ],
      null,
    ],
    [[["mode", "of a later time"]], null],
    [[], null],
  ] as [Detail[], Partial<Charter> | null][])("a genesis with %j gives the charter %j", (details, charter) => {
    const genesis = new Author(3).write({ kind: "genesis", details });
    expect(charterOf(genesis)).toEqual(charter === null ? null : { owner: new Author(3).id, ...charter });
    expect(charterOf(author.post("x"))).toBeNull();
  });
});
