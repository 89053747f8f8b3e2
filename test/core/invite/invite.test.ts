/** Coming into a channel by an invite: what everybody sees of it, and what is left when it does not come about. */
import { describe, expect, test } from "vitest";
import { grantDetails } from "../../../src/core/log/statement.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { A, B, full, idOf } from "../session/full.ts";
import { C, DAY_MS, endsInvite, garden, heldBy, invite, joined, knocks, lastStep, order, roleOf, S, steps, wall } from "./inviting.ts";

describe("an invite", () => {
  test("makes a member of whoever holds it, step by step, and everybody is told whose it was", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [B]));
    world.run(3_000);
    expect(steps(a).map(({ step }) => step)).toEqual(["looking", "asking", "fetching", "done"]);
    expect(lastStep(a)).toMatchObject({ role: "member", invitedBy: idOf(owner) });
    expect(a.saw("joined").map(({ channelId }) => channelId)).toEqual([place.id]);
    for (const host of [a, owner]) {
      const news = host.saw("role").filter(({ node }) => node === idOf(a));
      expect(news).toMatchObject([{ role: "member", before: "reader", by: idOf(owner), invitedBy: idOf(owner) }]);
    }
    a.command({ kind: "post", id: "0".repeat(32), channelId: place.id, text: "here I am" });
    world.run(500);
    expect(owner.posts()).toEqual(["here I am"]);
  });

  test("works while the inviter is away, as soon as any admin is there", () => {
    const { world, owner, place, a } = garden();
    const admin = full(world, C, 3, { peers: [B] });
    admin.command({ kind: "join", channelId: place.id, name: "garden", at: [B], genesis: place.genesis });
    world.run(2_000);
    owner.command(order(place, ["grant", grantDetails(idOf(admin) as NodeId, 1, "admin")]));
    const made = invite(world, owner, place);
    world.run(2_000);
    world.crash(owner);
    a.command(knocks(place, made, [C]));
    world.run(3_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member", invitedBy: idOf(owner) });
    expect(a.saw("role").filter(({ node }) => node === idOf(a))).toMatchObject([{ by: idOf(admin), invitedBy: idOf(owner) }]);
  });

  test("finds the members over whoever introduces them, at the one place that it names", () => {
    const { world, owner, place, a } = garden();
    full(world, S, 9, { rendezvous: true });
    owner.command({ kind: "join", channelId: place.id, name: "garden", at: [S], genesis: place.genesis });
    const made = invite(world, owner, place);
    world.run(2_000);
    a.command(knocks(place, made, [S]));
    world.run(6_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member" });
  });

  test("for a reader makes a reader, where others have no role of their own; one for a member raises nobody who is one", () => {
    const { world, owner, place, a } = garden("member");
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [B]));
    world.run(3_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member" });
    expect(heldBy(owner).filter(({ kind }) => kind === "grant")).toEqual([]);
  });

  test("shown again by who came in by it changes nothing, and counts once", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    for (let time = 0; time < 2; time++) {
      a.command(knocks(place, made, [B]));
      world.run(3_000);
      expect(lastStep(a)).toMatchObject({ step: "done" });
    }
    expect(heldBy(owner).filter(({ kind }) => kind === "grant")).toHaveLength(1);
    expect(owner.node?.invites(place.id, world.now)).toMatchObject([{ state: "used", guests: [idOf(a)] }]);
  });
});

describe("an invite that lets nobody in", () => {
  test.each(["expired", "used", "revoked", "removed", "unknown"] as const)(
    "because it is %s: the joiner hears why and is in nothing, the owner counts it",
    (why) => {
      const { world, owner, place, a } = garden();
      const made = invite(world, owner, place, why === "expired" ? { until: wall(world) } : {});
      if (why === "used") {
        const first = full(world, C, 3);
        first.command(knocks(place, made, [B]));
        world.run(3_000);
        expect(lastStep(first)).toMatchObject({ step: "done" });
      }
      if (why === "revoked") owner.command(endsInvite(place, made));
      if (why === "removed")
        owner.command(
          order(place, [
            "revoke",
            [
              ["node", idOf(a)],
              ["inc", "0"],
            ],
          ]),
        );
      world.run(500);
      const strange = { ...made, seed: new Uint8Array(32).fill(7) };
      a.command(knocks(place, why === "unknown" ? strange : made, [B]));
      world.run(15_000);
      expect(lastStep(a)).toEqual({ step: "failed", reason: why });
      expect(joined(a)).toEqual([]);
      expect(a.saves.flatMap(({ changes }) => changes).filter(({ kind }) => kind === "channel" || kind === "signed")).toEqual([]);
      expect(owner.dropped(`invite-${why}`)).toBeGreaterThan(0);
      expect(roleOf(world, owner, place)).toBe("owner");
      expect(owner.saw("role").filter(({ node, role }) => node === idOf(a) && role !== "none")).toEqual([]);
    },
  );

  test("yet is asked again: an admin that has not heard of it may let in a moment later", () => {
    const { world, owner, place, a } = garden();
    const admin = full(world, C, 3, { peers: [B] });
    admin.command({ kind: "join", channelId: place.id, name: "garden", at: [B], genesis: place.genesis });
    world.run(2_000);
    owner.command(order(place, ["grant", grantDetails(idOf(admin) as NodeId, 1, "admin")]));
    world.run(2_000);
    world.loses = ({ from, to }) => [from, to].includes(C);
    const made = invite(world, admin, place);
    a.command(knocks(place, made, [B]));
    world.run(1_000);
    expect(owner.dropped("invite-unknown")).toBeGreaterThan(0);
    world.loses = ({ from, to }) => [from, to].includes(A);
    world.run(3_000); // the owner hears of it
    world.crash(admin);
    world.loses = () => false;
    world.run(6_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member", invitedBy: idOf(admin) });
  });

  test("because nobody is at the places that it names", () => {
    const { world, owner, place, a } = garden();
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [C], 5_000));
    world.run(6_000);
    expect(steps(a)).toEqual([{ step: "looking" }, { step: "failed", reason: "nobody" }]);
    expect(joined(a)).toEqual([]);
  });

  test("because those who are there may let nobody in", () => {
    const { world, owner, place, a } = garden();
    const reader = full(world, C, 3, { peers: [B] });
    reader.command({ kind: "join", channelId: place.id, name: "garden", at: [B], genesis: place.genesis });
    const made = invite(world, owner, place);
    world.run(2_000);
    world.crash(owner);
    a.command(knocks(place, made, [C], 5_000));
    world.run(6_000);
    expect(lastStep(a)).toEqual({ step: "failed", reason: "no-admin" });
    expect(joined(a)).toEqual([]);
  });

  test("still leaves a channel that the user was in before", () => {
    const { world, owner, place, a } = garden();
    a.command({ kind: "join", channelId: place.id, name: "garden", at: [B], genesis: place.genesis });
    world.run(2_000);
    const made = invite(world, owner, place, { until: wall(world) - DAY_MS });
    a.command(knocks(place, made, [B]));
    world.run(5_000);
    expect(lastStep(a)).toEqual({ step: "failed", reason: "expired" });
    expect(joined(a)).toEqual([place.id]);
    expect(roleOf(world, a, place)).toBe("reader");
  });
});
