/** Invites between real nodes: a link that one makes and another comes in by. */
import { describe, expect, test } from "vitest";
import type { KnockStep } from "../../src/core/index.ts";
import { next, running } from "./running.ts";

describe("an invite link", () => {
  test("makes a member of whoever comes by it, in a channel where others only read", async () => {
    const [ada, bob] = [await running({ name: "ada" }), await running({ name: "bob" })];
    await ada.create({ name: "garden", readers: true });
    const { link, role, uses, name } = await ada.invite({ channel: "#garden" });
    expect([role, uses]).toEqual(["member", 1]);
    expect(link).toMatch(/^ptpchat:1\/[A-Za-z0-9_-]+$/);
    const steps: KnockStep["step"][] = [];
    bob.subscribe((event) => void (event.type === "knock" && steps.push(event.step.step)));
    const told = next(ada, "role");
    expect(await bob.accept({ invite: link })).toMatchObject({
      name,
      role: "member",
      invitedBy: ada.nodeId,
      invitedByName: "ada~" + ada.nodeId.slice(0, 4),
    });
    expect(steps).toEqual(["looking", "asking", "fetching", "done"]);
    expect(await told).toMatchObject({ node: bob.nodeId, role: "member", invitedBy: ada.nodeId });
    expect(await bob.channels()).toMatchObject([{ name, role: "member" }]);
    const shown = next(ada, "post");
    await bob.send({ channel: "#garden", text: "here I am", wait: "delivered" });
    expect(await shown).toMatchObject({ text: "here I am", author: bob.nodeId });
    expect(await ada.invites({ channel: "#garden" })).toMatchObject([{ state: "used", guests: [bob.nodeId] }]);
  });

  test("that was revoked lets nobody in, and says so; whoever tried is in nothing", async () => {
    const [ada, bob] = [await running(), await running()];
    await ada.create({ name: "garden", readers: true });
    const { link, id } = await ada.invite({ channel: "#garden", uses: 5 });
    expect(await ada.revokeInvite({ channel: "#garden", invite: id.slice(0, 6) })).toMatchObject({ id, state: "revoked" });
    await expect(bob.accept({ invite: link })).rejects.toMatchObject({ code: "not-let-in", reason: "revoked" });
    expect(await bob.channels()).toEqual([]);
    expect((await ada.status()).counters.dropped["invite-revoked"]).toBe(1);
  });
});
