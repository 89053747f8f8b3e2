/** Invites between real nodes: a link that one makes and another comes in by. */
import { describe, expect, onTestFinished, test } from "vitest";
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
    expect(await bob.redeem({ invite: link })).toMatchObject({
      name,
      role: "member",
      invitedBy: ada.nodeId,
      invitedByName: `ada~${ada.nodeId.slice(0, 4)}`,
    });
    expect(steps).toEqual(["looking", "asking", "fetching", "done"]);
    expect(await told).toMatchObject({ node: bob.nodeId, role: "member", invitedBy: ada.nodeId });
    expect(await bob.channels()).toMatchObject([{ name, role: "member" }]);
    const shown = next(ada, "post");
    await bob.send({ channel: "#garden", text: "here I am", wait: "delivered" });
    expect(await shown).toMatchObject({ text: "here I am", author: bob.nodeId });
    expect(await ada.invites({ channel: "#garden" })).toMatchObject([{ state: "used", guests: [bob.nodeId] }]);
  });

  test.each(["link", "code"] as const)("to a private channel lets in by its %s, and what is said from then on is read", async (way) => {
    const ada = await running({ name: "ada" });
    const bob = await running({ name: "bob", peers: [ada.udp] });
    await ada.create({ name: "attic", private: true });
    const invited = await ada.invite({ channel: "#attic", code: way === "code" });
    expect(await bob.redeem({ invite: invited[way] ?? "" })).toMatchObject({ role: "member", invitedBy: ada.nodeId });
    const shown = [next(ada, "post"), next(bob, "post")];
    await bob.send({ channel: "#attic", text: "by a guest", wait: "delivered" });
    await ada.send({ channel: "#attic", text: "to a guest", wait: "delivered" });
    for (const post of await Promise.all(shown)) expect(["by a guest", "to a guest"]).toContain(post.text);
    expect((await bob.history({ channel: "#attic" })).map(({ text }) => text)).toEqual(["by a guest", "to a guest"]);
  });

  test("is revoked by itself, and a foreign one is not said again", async () => {
    const ada = await running();
    for (const channel of ["garden", "shed"]) await ada.create({ name: channel });
    const [{ link, id }, foreign] = [await ada.invite({ channel: "#garden" }), await ada.invite({ channel: "#shed" })];
    expect(await ada.revokeInvite({ channel: "#garden", invite: link })).toMatchObject({ id, state: "revoked" });
    const refused = ada.revokeInvite({ channel: "#garden", invite: foreign.link });
    await expect(refused).rejects.toMatchObject({ code: "no-such-invite", message: expect.not.stringContaining("ptpchat:1/") });
  });

  test("that was revoked lets nobody in, and says so; whoever tried is in nothing", async () => {
    const [ada, bob] = [await running(), await running()];
    await ada.create({ name: "garden", readers: true });
    const { link, id } = await ada.invite({ channel: "#garden", uses: 5 });
    expect(await ada.revokeInvite({ channel: "#garden", invite: id.slice(0, 6) })).toMatchObject({ id, state: "revoked" });
    await expect(bob.redeem({ invite: link })).rejects.toMatchObject({ code: "not-let-in", reason: "revoked" });
    expect(await bob.channels()).toEqual([]);
    expect((await ada.status()).counters.dropped["invite-revoked"]).toBeGreaterThan(0);
  });
});

describe("a word code", () => {
  test("brings whoever is told it into the channel, at a rendezvous of both", async () => {
    const s = await running({ rendezvous: true });
    const [ada, bob] = [await running({ name: "ada", peers: [s.udp] }), await running({ name: "bob", peers: [s.udp] })];
    await Promise.all([next(ada, "session-up"), next(bob, "session-up")]).catch(() => {}); // they may be there already
    await ada.create({ name: "garden", readers: true });
    const { code } = await ada.invite({ channel: "#garden", code: true });
    const [words = "", place] = (code ?? "").split("@");
    expect(place).toBe(s.udp);
    expect(words.split("-")).toHaveLength(4);
    const steps: string[] = [];
    bob.subscribe((event) => void ((event.type === "code" || event.type === "knock") && steps.push(`${event.type} ${event.step.step}`)));
    expect(await bob.redeem({ invite: words.replaceAll("-", " ").toUpperCase() })).toMatchObject({ role: "member", invitedBy: ada.nodeId });
    expect(steps).toEqual(["code looking", "code meeting", "code done", "knock looking", "knock asking", "knock fetching", "knock done"]);
  });

  test("that is another one ends it at both ends, and the invite behind it", async () => {
    const ada = await running();
    const bob = await running({ peers: [ada.udp] });
    await ada.create({ name: "garden", readers: true });
    const { code } = await ada.invite({ channel: "#garden", code: true });
    const [first, second, third] = (code ?? "").split("-");
    const other = third === "zoo" ? "zone" : "zoo";
    const ended = next(ada, "code", ({ step }) => step.step === "failed");
    const guess = bob.redeem({ invite: `${first}-${second}-${third}-${other}`, timeoutMs: 8_000 });
    await expect(guess).rejects.toMatchObject({ code: "code-failed", reason: "wrong" });
    expect(await ended).toMatchObject({ step: { reason: "wrong" } });
    await expect.poll(() => ada.invites({ channel: "#garden" })).toMatchObject([{ state: "revoked" }]);
    await expect(bob.redeem({ invite: code ?? "", timeoutMs: 1_000 })).rejects.toMatchObject({ code: "code-failed", reason: "nobody" });
    expect(await bob.channels()).toEqual([]);
  });

  test("that waits for somebody when its node ends is no fault of the node", async () => {
    const faults: unknown[] = [];
    const note = (error: unknown) => faults.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const ada = await running();
    await ada.create({ name: "garden", readers: true });
    await ada.invite({ channel: "#garden", code: true });
    await ada.stop();
    await new Promise(setImmediate);
    expect(faults).toEqual([]);
  });

  test("makes two nodes contacts of each other, verified by it", async () => {
    const ada = await running({ name: "ada" });
    const bob = await running({ name: "bob", peers: [ada.udp] });
    const { code } = await ada.newCode();
    const [bobs, adas] = await Promise.all([
      ada.meetContact({ name: "bob", code, role: "host" }),
      bob.meetContact({ name: "ada", code, role: "guest" }),
    ]);
    expect(bobs).toMatchObject({ nodeId: bob.nodeId, name: "bob", verifiedBy: "code" });
    expect(adas).toMatchObject({ nodeId: ada.nodeId, name: "ada", verifiedBy: "code" });
    expect(await ada.contacts()).toEqual([bobs]);
  });
});
