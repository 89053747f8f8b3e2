/** Invites to private channels: who holds one hears the channel once it is let in, and who does not hears nothing at all. */
import { describe, expect, test } from "vitest";
import { grantDetails } from "../../../src/core/log/statement.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { A, B, full, idOf } from "../session/full.ts";
import type { Host } from "../world.ts";
import { C, D, endsInvite, garden, invite, joined, knocks, lastStep, order, ref, roleOf, S, steps } from "./inviting.ts";

describe("an invite to a private channel", () => {
  test("makes a member, who reads what is said from then on, and is read", () => {
    const { world, owner, place, a } = garden("none");
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [B]));
    world.run(5_000);
    expect(steps(a).map(({ step }) => step)).toEqual(["looking", "asking", "fetching", "done"]);
    expect(lastStep(a)).toMatchObject({ role: "member", invitedBy: idOf(owner) });
    a.command({ kind: "post", id: ref(), channelId: place.id, text: "from the guest" });
    owner.command({ kind: "post", id: ref(), channelId: place.id, text: "from the owner" });
    world.run(3_000);
    expect([owner.posts(), a.posts()]).toEqual([["from the guest"], ["from the owner"]]);
  });

  test("makes a reader", () => {
    const { world, owner, place, a } = garden("none");
    a.command(knocks(place, invite(world, owner, place, { role: "reader" }), [B]));
    world.run(5_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "reader" });
    owner.command({ kind: "post", id: ref(), channelId: place.id, text: "listen" });
    world.run(3_000);
    expect(a.posts()).toEqual(["listen"]);
  });

  test("brings who asks a plain member to an admin, while the inviter is away", () => {
    const { world, owner, place, a } = garden("none");
    const [admin, member] = [full(world, C, 3, { peers: [B] }), full(world, D, 4, { peers: [B, C] })];
    owner.command(
      order(
        place,
        ["grant", grantDetails(idOf(admin) as NodeId, 1, "admin")],
        ["grant", grantDetails(idOf(member) as NodeId, 1, "member")],
      ),
    );
    world.run(100);
    for (const host of [admin, member]) host.command({ kind: "join", channelId: place.id, name: "", at: [B], genesis: place.genesis });
    const made = invite(world, owner, place);
    world.run(5_000);
    world.crash(owner);
    a.command(knocks(place, made, [D]));
    world.run(8_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member", invitedBy: idOf(owner) });
    expect(roleOf(world, member, place)).toBe("member");
  });

  test("leaves who comes by it silent to strangers while it knows the genesis and no member but who gave it", () => {
    const { world, owner, place, a } = garden("none");
    const ownerAt = (host: Host) => host.node?.channels(world.now).find(({ id }) => id === place.id)?.owner ?? null;
    const admin = full(world, C, 3, { peers: [B] });
    owner.command(order(place, ["grant", grantDetails(idOf(admin) as NodeId, 1, "admin")]));
    world.run(100);
    admin.command({ kind: "join", channelId: place.id, name: "", at: [B], genesis: place.genesis });
    const made = invite(world, owner, place);
    world.run(5_000);
    world.crash(owner);
    a.command(knocks(place, made, [C]));
    for (let n = 0; n < 2_000 && ownerAt(a) === null; n++) world.run(5);
    world.crash(admin);
    expect([ownerAt(a), roleOf(world, a, place)]).toEqual([idOf(owner), "none"]);
    const stranger = full(world, D, 4);
    stranger.command({ kind: "join", channelId: place.id, name: "", at: [A], genesis: place.genesis });
    world.run(5_000);
    expect(ownerAt(stranger)).toBe(null);
    expect(a.dropped("not-a-member")).toBeGreaterThan(0);
  });

  test("finds the members over whoever introduces them, inside sessions", () => {
    const { world, owner, place, a } = garden("none");
    full(world, S, 9, { rendezvous: true });
    owner.command({ kind: "join", channelId: place.id, name: "", at: [S], genesis: place.genesis });
    const made = invite(world, owner, place);
    world.run(2_000);
    a.command(knocks(place, made, [S]));
    world.run(8_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member" });
  });

  test("with one use lets that node in again after it left, and nobody else", () => {
    const { world, owner, place, a } = garden("none");
    const made = invite(world, owner, place);
    a.command(knocks(place, made, [B]));
    world.run(5_000);
    a.command({ kind: "leave", channelId: place.id });
    world.run(2_000);
    expect(joined(a)).toEqual([]);
    a.command(knocks(place, made, [B]));
    world.run(5_000);
    expect(lastStep(a)).toMatchObject({ step: "done", role: "member" });
    const other = full(world, C, 3);
    other.command(knocks(place, made, [B]));
    world.run(8_000);
    expect(lastStep(other)).toEqual({ step: "failed", reason: "used" });
    expect(joined(other)).toEqual([]);
    expect(owner.dropped("invite-used")).toBeGreaterThan(0);
  });

  test.each(["used", "revoked"] as const)(
    "that is %s, or that nobody knows, says nothing of the channel, its members or who was let in",
    (fault) => {
      const { world, owner, place, a } = garden("none");
      const member = full(world, D, 4, { peers: [B] });
      member.command(knocks(place, invite(world, owner, place), [B]));
      world.run(5_000);
      const made = fault === "used" ? { ...invite(world, owner, place), seed: new Uint8Array(32).fill(77) } : invite(world, owner, place);
      if (fault === "revoked") owner.command(endsInvite(place, made));
      world.run(100);
      a.command(knocks(place, made, [B]));
      world.run(40_000);
      expect(lastStep(a)).toEqual({ step: "failed", reason: fault === "used" ? "nobody" : "revoked" });
      expect(owner.dropped(fault === "used" ? "invite-unknown" : "invite-revoked")).toBeGreaterThan(0);
      expect(a.node?.peers(world.now).map(({ endpoint }) => endpoint)).not.toContain(D);
      expect(owner.saw("member-joined").map(({ peer }) => peer)).toEqual([idOf(member)]);
      expect(joined(a)).toEqual([]);
    },
  );
});
