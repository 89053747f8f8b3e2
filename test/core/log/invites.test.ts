/** Invites as a function of the set of statements: who came in by one, and which of them count, in whatever order they come. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/core/log/event.ts";
import { type Invite, inviteDetails, inviteEndDetails, inviteIn } from "../../../src/core/log/invite.ts";
import { Roles } from "../../../src/core/log/roles.ts";
import { type Charter, grantDetails, leaveDetails, type Role, revokeDetails, statementOf } from "../../../src/core/log/statement.ts";
import type { EventId } from "../../../src/wire/index.ts";
import { Author, NOON } from "./author.ts";

const OWNER = new Author(1).id;
const [ADA, BOB, CAY] = [new Author(3), new Author(4), new Author(5)];
const PRIVATE: Charter = { owner: OWNER, others: "none", name: "garden" };
const KEY = new Author(9).id;

function rolesOf(events: readonly Event[]): Roles {
  const roles = new Roles(PRIVATE);
  for (const event of events) learn(roles, event, events);
  return roles;
}

/** As a channel does: what an admin said before it was one is given again. */
function learn(roles: Roles, event: Event, all: readonly Event[]): void {
  const invite = inviteIn(event);
  if (invite !== null) return roles.addInvite(invite);
  const statement = statementOf(event);
  const again = statement === null ? null : roles.add(statement);
  if (again !== null) for (const each of all.filter(({ author }) => author === again)) learn(roles, each, all);
}

const fresh = (number: number) => new Author(number);
const inviteOf = (by: Author, uses: number): Event =>
  by.write({ kind: "invite", details: inviteDetails({ key: KEY, role: "member", until: NOON, uses }) });
const endOf = (by: Author, invite: EventId): Event => by.write({ kind: "invite", details: inviteEndDetails(invite) });
const grantOf = (by: Author, to: Author, invite: EventId | null, hlc: number, role: Role = "member", inc = 1): Event =>
  by.write({ kind: "grant", details: grantDetails(to.id, inc, role, invite), hlc });
const rolesAmong = (roles: Roles, ...authors: Author[]) => authors.map(({ id }) => roles.roleOf(id));

describe("grants that name an invite", () => {
  test("count for as many nodes as it is for, the earliest ones, whatever the order in which they come", () => {
    const [owner, admin] = [fresh(1), fresh(2)];
    const made = owner.write({ kind: "grant", details: grantDetails(admin.id, 1, "admin"), hlc: NOON });
    const invite = inviteOf(owner, 2);
    const [late, first, second] = [
      grantOf(admin, ADA, invite.id, NOON + 30),
      grantOf(owner, BOB, invite.id, NOON + 10),
      grantOf(admin, CAY, invite.id, NOON + 20),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([made, invite, late, first, second], { minLength: 5 }), (events) => {
        const roles = rolesOf(events);
        expect(rolesAmong(roles, ADA, BOB, CAY)).toEqual(["none", "member", "member"]);
        expect([...roles.guestsOf(roles.invite(invite.id) as Invite)]).toEqual([BOB.id, CAY.id]);
      }),
    );
  });

  test("are counted anew with each that comes: who was in may turn out to have come too late", () => {
    const owner = fresh(1);
    const invite = inviteOf(owner, 1);
    const [late, first] = [grantOf(owner, ADA, invite.id, NOON + 20), grantOf(owner, BOB, invite.id, NOON + 10)];
    const roles = rolesOf([invite, late]);
    expect(rolesAmong(roles, ADA, BOB)).toEqual(["member", "none"]);
    learn(roles, first, []);
    expect(rolesAmong(roles, ADA, BOB)).toEqual(["none", "member"]);
  });

  test("of one node count once, so that it may leave and come back by the same", () => {
    const [owner, ada] = [fresh(1), fresh(3)];
    const invite = inviteOf(owner, 1);
    const first = grantOf(owner, ada, invite.id, NOON + 10);
    const left = ada.write({ kind: "leave", details: leaveDetails(1, []) });
    const again = grantOf(owner, ada, invite.id, NOON + 20, "member", 2);
    expect(rolesAmong(rolesOf([invite, first, left]), ada)).toEqual(["none"]);
    expect(rolesAmong(rolesOf([invite, first, left, again]), ada)).toEqual(["member"]);
  });

  test("count without a bound where the invite is not known, or not one of somebody who may make it", () => {
    const [owner, stranger] = [fresh(1), fresh(7)];
    const invite = inviteOf(stranger, 1);
    const grants = [grantOf(owner, ADA, invite.id, NOON + 10), grantOf(owner, BOB, invite.id, NOON + 20)];
    for (const events of [grants, [invite, ...grants]]) {
      expect(rolesAmong(rolesOf(events), ADA, BOB)).toEqual(["member", "member"]);
      expect(rolesOf(events).invites()).toEqual([]);
    }
  });

  test("by somebody who may not grant use up nothing", () => {
    const [owner, admin] = [fresh(1), fresh(2)];
    const early = admin.write({ kind: "nick" });
    const made = owner.write({ kind: "grant", details: grantDetails(admin.id, 1, "admin"), hlc: NOON });
    const out = owner.write({ kind: "revoke", details: revokeDetails(admin.id, 1, [[admin.inst, { seq: 1, id: early.id }]]) });
    const invite = inviteOf(owner, 1);
    const events = [made, invite, grantOf(admin, ADA, invite.id, NOON + 1), grantOf(owner, BOB, invite.id, NOON + 20)];
    expect(rolesAmong(rolesOf(events), ADA, BOB)).toEqual(["member", "none"]);
    expect(rolesAmong(rolesOf([...events, out]), ADA, BOB)).toEqual(["none", "member"]);
  });
});

describe("an invite", () => {
  test("of an admin counts as long as what it said does, and is ended by the owner or any admin", () => {
    const [owner, admin, other] = [fresh(1), fresh(2), fresh(8)];
    const made = [admin, other].map((each) => owner.write({ kind: "grant", details: grantDetails(each.id, 1, "admin"), hlc: NOON }));
    const early = admin.write({ kind: "nick" });
    const invite = inviteOf(admin, 1);
    const out = (seq: number, id: EventId) =>
      owner.write({ kind: "revoke", details: revokeDetails(admin.id, 1, [[admin.inst, { seq, id }]]) });
    const isEnded = (...events: Event[]) => rolesOf([...made, invite, ...events]).isInviteEnded(invite.id);
    expect(rolesOf([...made, invite]).invites()).toHaveLength(1);
    expect(rolesOf([...made, invite, out(2, invite.id)]).invites()).toHaveLength(1);
    expect(rolesOf([...made, invite, out(1, early.id)]).invites()).toEqual([]);
    expect([isEnded(), isEnded(endOf(other, invite.id)), isEnded(endOf(fresh(7), invite.id))]).toEqual([false, true, false]);
  });

  const GOOD: [string, string][] = [
    ["key", KEY],
    ["role", "member"],
    ["until", "1"],
    ["uses", "1"],
  ];

  test.each<[string, [string, string][]]>([
    ["without a key", GOOD.slice(1)],
    ["without an end", GOOD.filter(([name]) => name !== "until")],
    ["to a role that nobody is invited to", GOOD.map(([name, value]) => [name, name === "role" ? "admin" : value])],
    ["for nobody", GOOD.map(([name, value]) => [name, name === "uses" ? "0" : value])],
    ["for more than any channel has members", GOOD.map(([name, value]) => [name, name === "uses" ? "65537" : value])],
    ["that ends what is no event", [["ends", "x"]]],
  ])("%s is none", (_, details) => {
    expect(inviteIn(fresh(1).write({ kind: "invite", details }))).toBeNull();
    expect(inviteIn(fresh(1).write({ kind: "invite", details: GOOD }))).not.toBeNull();
  });

  test("says what its details say", () => {
    const event = inviteOf(fresh(1), 3);
    const { author, inst, seq, id, hlc } = event;
    const said = { kind: "invite", by: { author, inst, seq, id }, at: hlc, key: KEY, role: "member", until: NOON, uses: 3 };
    expect(inviteIn(event)).toEqual(said);
    expect(inviteIn(fresh(1).post("hello"))).toBeNull();
  });
});

test("who was removed, or lost a role that was given, is told from who left by itself", () => {
  const [owner, ada, bob] = [fresh(1), fresh(3), fresh(4)];
  const given = [ada, bob].map((each) => grantOf(owner, each, null, NOON));
  const removed = owner.write({ kind: "revoke", details: revokeDetails(ada.id, 1, []) });
  const left = bob.write({ kind: "leave", details: leaveDetails(1, []) });
  const roles = rolesOf([...given, removed, left]);
  expect([ada, bob, owner].map(({ id }) => roles.wasRevoked(id))).toEqual([true, false, false]);
});
