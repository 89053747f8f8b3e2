/**
 * Row 29: the proof of an invite is passed on, kept or shown twice; an invite is used more often than it may be, or made by who may not;
 * members lie about it. And of word codes: somebody stands between the two, guesses, or takes part uninvited.
 */
import { describe, expect, test } from "vitest";
import { inviteDetails } from "../../../../src/core/log/invite.ts";
import { grantDetails } from "../../../../src/core/log/statement.ts";
import { loadRistretto } from "../../../../src/crypto/ristretto.ts";
import type { Endpoint, Guid, NodeId } from "../../../../src/wire/index.ts";
import {
  C,
  create,
  D,
  DAY_MS,
  garden,
  heldBy,
  invite,
  joined,
  knocks,
  lastStep,
  order,
  type Place,
  ref,
  roleOf,
  steps,
  wall,
} from "../../invite/inviting.ts";
import { type Host, World } from "../../world.ts";
import { A, B, full, idOf } from "../full.ts";
import { ATTACKER } from "./attack.ts";
import { Mallory } from "./mallory.ts";

const ristretto = await loadRistretto();

const ELSEWHERE = "192.0.2.67:6667" as Endpoint;

const grantsAt = (host: Host) => heldBy(host).filter(({ kind }) => kind === "grant");
const memberRoles = (world: World, host: Host, place: Place) =>
  Object.fromEntries((host.node?.members(place.id, world.now) ?? []).map(({ nodeId, role }) => [nodeId, role]));

/** The host is in a channel of another's. */
function enter(world: World, host: Host, place: Place, at: Endpoint): void {
  host.command({ kind: "join", channelId: place.id, name: "garden", at: [at], genesis: place.genesis });
  world.run(2_000);
}

describe("row 29: the proof of an invite", () => {
  test("that was shown to somebody is of no use to it: in its own session with an admin it is refused, and counted", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    const mallory = new Mallory(world, a, ATTACKER);
    a.command(knocks(place, made, [ATTACKER], 5_000));
    world.run(1_500);
    const shown = mallory.heard("JOIN").find(({ ptp }) => ptp?.proof !== undefined);
    expect(shown).toBeDefined();
    const thief = new Mallory(world, owner, ELSEWHERE, 67);
    thief.say({ msg_type: "JOIN", msg_data: shown });
    world.run(500);
    expect(owner.dropped("invite-proof")).toBe(1);
    expect(thief.heard("CHANNEL").map(({ ptp }) => ptp?.invite)).toContain("proof");
    expect(grantsAt(owner)).toEqual([]);
  });

  test("says nothing in the clear, where anybody may have said it", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [B]));
    world.run(3_000);
    const bare = world.bare(ATTACKER);
    world.hello(bare, B, 2);
    const { inv_pub, proof } = { inv_pub: idOf(a), proof: "A".repeat(86) };
    bare.send(B, { msg_type: "JOIN", msg_data: { channel_id: place.id, ptp: { inv_pub, proof } } });
    world.run(500);
    expect(owner.dropped("outside-session")).toBe(1);
    expect(world.sent.some(({ text }) => text.includes("inv_pub") && text.includes(idOf(a).slice(0, 8)))).toBe(true); // the forged one above
    expect(world.sent.filter(({ from, text }) => from === A && text.includes("inv_pub"))).toEqual([]);
  });

  test("costs a node no more than a few signatures, however many are shown", () => {
    const { world, owner, place } = garden();
    invite(world, owner, place, { uses: 100 });
    const key = heldBy(owner)
      .findLast(({ kind }) => kind === "invite")
      ?.details.find(([name]) => name === "key")?.[1];
    const mallory = new Mallory(world, owner, ATTACKER);
    for (let n = 0; n < 50; n++)
      mallory.say({ msg_type: "JOIN", msg_data: { channel_id: place.id, ptp: { inv_pub: key, proof: "A".repeat(86) } } });
    world.run(500);
    expect(owner.dropped("invite-proof")).toBeLessThan(12);
    expect(owner.dropped("invite-rate")).toBeGreaterThan(35);
  });
});

describe("row 29: an invite", () => {
  test("for one, used at two admins who know nothing of each other, lets in one: the same everywhere, once they meet", () => {
    const { world, owner, place, a } = garden();
    const [admin, second] = [full(world, C, 3, { peers: [B] }), full(world, D, 4)];
    enter(world, admin, place, B);
    owner.command(order(place, ["grant", grantDetails(idOf(admin) as NodeId, 1, "admin")]));
    const made = invite(world, owner, place);
    world.run(2_000);
    world.loses = ({ from, to }) => [B, A].includes(from) !== [B, A].includes(to); // the owner and a; the admin and the other
    a.command(knocks(place, made, [B]));
    second.command(knocks(place, made, [C]));
    world.run(4_000);
    expect([lastStep(a)?.step, lastStep(second)?.step]).toEqual(["done", "done"]); // neither could know
    world.loses = () => false;
    world.run(90_000);
    const roles = [owner, admin].map((host) => memberRoles(world, host, place));
    const [first] = roles;
    expect([first?.[idOf(a)], first?.[idOf(second)]].sort()).toEqual(["member", "reader"]);
    for (const host of [owner, admin]) {
      expect(memberRoles(world, host, place)[idOf(a)]).toBe(first?.[idOf(a)]);
      expect(memberRoles(world, host, place)[idOf(second)]).toBe(first?.[idOf(second)]);
    }
    expect([roleOf(world, a, place), roleOf(world, second, place)]).toEqual([first?.[idOf(a)], first?.[idOf(second)]]);
  });

  test.each(["admin", "owner", "none"])("to the role %s is none: whoever may invite makes members and readers", (role) => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place, { role: role as never });
    a.command(knocks(place, made, [B]));
    world.run(15_000);
    expect(lastStep(a)).toEqual({ step: "failed", reason: "unknown" });
    expect(grantsAt(owner)).toEqual([]);
  });

  test("to the role of a reader makes no member of anybody", () => {
    const world = new World();
    const owner = full(world, B, 2);
    const place = create(owner, "reader");
    world.run(100);
    const a = full(world, A, 1);
    const made = invite(world, owner, place, { role: "reader" });
    a.command(knocks(place, made, [B]));
    world.run(3_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "reader" });
    expect(roleOf(world, owner, place)).toBe("owner");
    expect(memberRoles(world, owner, place)[idOf(a)]).toBe("reader");
  });

  test("by a member who is no admin lets nobody in, nor does one that an admin made after its removal", () => {
    for (const isRemoved of [false, true]) {
      const { world, owner, place, a } = garden();
      const c = full(world, C, 3, { peers: [B] });
      enter(world, c, place, B);
      const [admin, out] = [
        order(place, ["grant", grantDetails(idOf(c) as NodeId, 1, "admin")]),
        order(place, [
          "revoke",
          [
            ["node", idOf(c)],
            ["inc", "1"],
          ],
        ]),
      ];
      if (isRemoved) for (const command of [admin, out]) owner.command(command);
      world.run(1_000);
      const made = invite(world, c, place);
      world.run(2_000);
      a.command(knocks(place, made, [B]));
      world.run(15_000);
      expect(lastStep(a), `${isRemoved}`).toEqual({ step: "failed", reason: "unknown" });
      expect(grantsAt(owner).filter(({ details }) => details.some(([, value]) => value === idOf(a)))).toEqual([]);
    }
  });

  test("with details that make no sense is none: no key, no end, no uses, or more than any channel has members", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    const key = heldBy(owner)
      .findLast(({ kind }) => kind === "invite")
      ?.details.find(([name]) => name === "key")?.[1] as NodeId;
    const good = inviteDetails({ key, role: "member", until: wall(world) + DAY_MS, uses: 1 });
    owner.command(order(place, ["invite", [["ends", made.id]]]));
    for (const [name, value] of [
      ["uses", "0"],
      ["uses", "65537"],
      ["uses", "-1"],
      ["uses", "01"],
      ["until", "soon"],
      ["key", "x"],
    ] as const)
      owner.command(order(place, ["invite", good.map(([each, was]) => [each, each === name ? value : was] as const)]));
    world.run(500);
    a.command(knocks(place, made, [B]));
    world.run(5_000);
    expect(lastStep(a)).toEqual({ step: "failed", reason: "revoked" });
    expect(owner.node?.invites(place.id, world.now)).toHaveLength(1);
  });
});

describe("row 29: a member that lies", () => {
  test("that the joiner is in does not make it so: it is in nothing afterwards", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    const mallory = new Mallory(world, a, ATTACKER);
    a.command(knocks(place, made, [ATTACKER], 5_000));
    world.run(1_000);
    mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: place.id, ptp: { invite: "admitted" } } });
    world.run(8_000);
    expect(lastStep(a)).toEqual({ step: "failed", reason: "not-shown" });
    expect(joined(a)).toEqual([]);
  });

  test("that it is used up, or that it is in, does not keep it from being let in by who may", () => {
    for (const lie of ["used", "revoked", "admitted", "nonsense"]) {
      const { world, owner, place, a } = garden();
      const made = invite(world, owner, place);
      const mallory = new Mallory(world, a, ATTACKER);
      world.loses = ({ from, to, at }) => at < 2_000 && [from, to].includes(B) && [from, to].includes(A); // the liar is first
      a.command(knocks(place, made, [ATTACKER, B]));
      world.run(1_200);
      mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: place.id, ptp: { invite: lie } } });
      world.run(6_000);
      expect(lastStep(a), lie).toMatchObject({ step: "done", role: "member" });
    }
  });

  test("that was not asked is not heard", () => {
    const { world, place, a } = garden();
    const mallory = new Mallory(world, a, ATTACKER);
    mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: place.id, ptp: { invite: "admitted" } } });
    world.run(500);
    expect(a.dropped("invite-stray")).toBe(1);
    expect(steps(a)).toEqual([]);
  });

  test("that was not asked is not heard while others are, either", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    const mallory = new Mallory(world, a, ATTACKER);
    a.command(knocks(place, made, [C], 5_000)); // where nobody is
    mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: place.id, ptp: { invite: "admitted" } } });
    world.run(500);
    expect(a.dropped("invite-stray")).toBe(1);
    expect(joined(a)).toEqual([]);
  });
});

const SLOT = "6f1c2d84-90ab-8cde-8f01-23456789abcd" as Guid;
const SECRET = "the link that nobody else may have";
const prs = new TextEncoder().encode("able-about-above-absent");

function meet(host: Host, role: "host" | "guest", at: readonly Endpoint[] = [], forMs = 20_000): void {
  const payload = new TextEncoder().encode(role === "host" ? SECRET : "");
  host.command({ kind: "meet", id: ref(), purpose: "invite", role, slot: SLOT, prs, group: ristretto, payload, at, forMs });
}

describe("a word code", () => {
  test("is answered to the first who speaks as its host, and to nobody else: each answer lets its receiver guess", () => {
    const world = new World();
    const guest = full(world, A, 1);
    const hosts = [new Mallory(world, guest, ATTACKER, 66), new Mallory(world, guest, ELSEWHERE, 67)];
    meet(guest, "guest", [ATTACKER, ELSEWHERE]);
    const cpace = Buffer.concat([Buffer.alloc(16, 3), ristretto.fromUniform(new Uint8Array(64).fill(9))]).toString("base64");
    for (const each of hosts) each.say({ msg_type: "CHANNEL", msg_data: { channel_id: SLOT, ptp: { cpace } } });
    world.run(500);
    expect(hosts.map((each) => each.heard("JOIN").some(({ ptp }) => ptp?.confirm !== undefined))).toEqual([true, false]);
    expect(guest.dropped("code-stray")).toBe(1);
  });

  test("shows whoever stands between the two: passing on all that each says gives it nothing, and ends the code", () => {
    const world = new World();
    const [host, guest] = [full(world, B, 2), full(world, A, 1)];
    const [toHost, toGuest] = [new Mallory(world, host, ATTACKER, 66), new Mallory(world, guest, ELSEWHERE, 66)];
    meet(host, "host");
    meet(guest, "guest", [ELSEWHERE]);
    world.run(1_500);
    toHost.say({ msg_type: "JOIN", msg_data: { channel_id: SLOT } });
    world.run(500);
    const offered = toHost.heard("CHANNEL").find(({ ptp }) => ptp?.cpace !== undefined);
    toGuest.say({ msg_type: "CHANNEL", msg_data: offered });
    world.run(500);
    const answered = toGuest.heard("JOIN").find(({ ptp }) => ptp?.cpace !== undefined);
    expect(answered).toBeDefined();
    toHost.say({ msg_type: "JOIN", msg_data: answered });
    world.run(500);
    expect(host.saw("code").at(-1)?.step).toEqual({ step: "failed", reason: "wrong" });
    expect(toHost.heard("CHANNEL").filter(({ ptp }) => ptp?.sealed !== undefined)).toEqual([]);
    toGuest.say({ msg_type: "CHANNEL", msg_data: { channel_id: SLOT, ptp: { confirm: `${"A".repeat(43)}=`, sealed: "AAAA" } } });
    world.run(500);
    expect(guest.saw("code").at(-1)?.step).toEqual({ step: "failed", reason: "wrong" });
  });

  test("gives one guess, also to who has begun many runs: after a wrong one the right one finds nobody", () => {
    const world = new World();
    const host = full(world, B, 2);
    const [first, second] = [new Mallory(world, host, ATTACKER, 66), new Mallory(world, host, ELSEWHERE, 67)];
    meet(host, "host");
    for (const each of [first, second]) each.say({ msg_type: "JOIN", msg_data: { channel_id: SLOT } });
    world.run(500);
    const guess = {
      channel_id: SLOT,
      ptp: { cpace: Buffer.alloc(32, 8).toString("base64"), confirm: Buffer.alloc(32).toString("base64") },
    };
    for (const each of [first, second]) each.say({ msg_type: "JOIN", msg_data: guess });
    world.run(500);
    expect(host.dropped("code-wrong")).toBe(1);
    expect(host.dropped("code-stray")).toBe(1);
    expect(host.saw("code").map(({ step }) => step.step)).toEqual(["looking", "failed"]);
  });

  test("answers nobody who was not at its place, or says parts of a run that is none", () => {
    const world = new World();
    const host = full(world, B, 2);
    const mallory = new Mallory(world, host, ATTACKER);
    const share = Buffer.alloc(48, 8).toString("base64");
    const parts = [{ cpace: share }, { sealed: "AAAA", confirm: share }, { code: "wrong" }];
    for (const ptp of parts) mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: SLOT, ptp } });
    meet(host, "host");
    for (const ptp of parts) mallory.say({ msg_type: "CHANNEL", msg_data: { channel_id: SLOT, ptp } });
    mallory.say({ msg_type: "JOIN", msg_data: { channel_id: SLOT, ptp: { cpace: share, confirm: share } } });
    world.run(500);
    expect(host.dropped("code-stray")).toBe(7);
    expect(host.saw("code").map(({ step }) => step.step)).toEqual(["looking"]);
  });

  test("is not held up by a crowd at its place", () => {
    const world = new World();
    const [host, guest] = [full(world, B, 2), full(world, A, 1, { peers: [B] })];
    meet(host, "host", [], 60_000);
    const crowd = Array.from({ length: 40 }, (_, n) => new Mallory(world, host, `192.0.2.${100 + n}:6666`, 100 + n));
    for (const each of crowd) each.say({ msg_type: "JOIN", msg_data: { channel_id: SLOT } });
    expect(host.dropped("code-rate")).toBeGreaterThan(0);
    const guess = { cpace: Buffer.alloc(32, 8).toString("base64"), confirm: "AAAA" };
    crowd[0]?.say({ msg_type: "JOIN", msg_data: { channel_id: SLOT, ptp: guess } });
    expect(host.dropped("code-stray")).toBe(1); // it has given way
    meet(guest, "guest");
    world.run(6_000);
    expect(guest.saw("code").at(-1)?.step.step).toBe("done");
  });
});
