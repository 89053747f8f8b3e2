/** Channels with an owner, between real nodes: made, joined by their link, with roles that hold; and whom one does not want to hear. */
import { describe, expect, test } from "vitest";
import type { RunningNode } from "../../src/app/index.ts";
import { directory, next, running } from "./running.ts";

/** `owner` makes a channel, which the others join where the owner is. */
async function garden(owner: RunningNode, others: readonly RunningNode[], readers = false): Promise<string> {
  const { link } = await owner.create({ name: "garden", ...(readers ? { readers } : {}) });
  for (const other of others) {
    const known = Promise.all([next(other, "charter"), next(owner, "member-joined", ({ peer }) => peer === other.nodeId)]);
    await other.join({ channel: `#${link}`, at: [owner.udp] });
    await known;
  }
  return `#${link}`;
}

const texts = async (node: RunningNode, channel: string) => (await node.history({ channel })).map(({ text }) => text);

describe("a channel of one's own", () => {
  test("is joined by its link, and called by its name and the beginning of its id", async () => {
    const [ada, bob] = [await running({ name: "ada" }), await running({ name: "bob" })];
    const channel = await garden(ada, [bob]);
    const digits = channel.slice("#garden@".length);
    expect(digits).toMatch(/^[0-9a-f]{64}$/);
    const [view] = await bob.channels();
    expect(view).toMatchObject({
      name: `garden@${digits.slice(0, 4)}`,
      owner: ada.nodeId,
      others: "member",
      role: "member",
      link: channel.slice(1),
    });
    const shown = next(bob, "post");
    await ada.send({ channel: "#garden", text: "welcome", wait: "delivered" });
    expect(await shown).toMatchObject({ text: "welcome", author: ada.nodeId, verified: true });
    expect(await texts(bob, `#garden@${digits.slice(0, 4)}`)).toEqual(["welcome"]);
  });

  test("is another one than #garden, and than every other of that name", async () => {
    const ada = await running();
    const [one, two] = [await ada.create({ name: "garden" }), await ada.create({ name: "garden" })];
    expect(one.channelId).not.toBe(two.channelId);
    await expect(ada.send({ channel: "#garden", text: "x" })).rejects.toMatchObject({ code: "usage" });
    await ada.join({ channel: "#garden" });
    await ada.send({ channel: "#garden", text: "to all" });
    await ada.send({ channel: `#${one.name}`, text: "to one" });
    expect(await texts(ada, "#garden")).toEqual(["to all"]);
    expect(await texts(ada, `#${one.link}`)).toEqual(["to one"]);
    await expect(ada.join({ channel: "#garden@3f2a" })).rejects.toMatchObject({ code: "usage" });
  });

  test("takes no word before its beginning has come", async () => {
    const bob = await running();
    const channel = `#garden@${"3f".repeat(32)}`;
    await bob.join({ channel });
    expect(await bob.channels()).toMatchObject([{ owner: null, role: "none" }]);
    await expect(bob.send({ channel, text: "hello" })).rejects.toMatchObject({ code: "not-allowed", reason: "no-genesis" });
    await expect(bob.kick({ channel, node: bob.nodeId })).rejects.toMatchObject({ code: "not-allowed", reason: "no-genesis" });
  });
});

describe("who is removed", () => {
  test("is told by whom, and says nothing any more that others see; what it had said stands", async () => {
    const [ada, bob, cleo] = [await running({ name: "ada" }), await running({ name: "bob" }), await running({ name: "cleo" })];
    const channel = await garden(ada, [bob, cleo]);
    const first = next(cleo, "post");
    await bob.send({ channel, text: "before", wait: "delivered" });
    await first;
    const told = [next(bob, "role"), next(cleo, "role")];
    expect(await ada.kick({ channel, node: bob.nodeId })).toMatchObject({ nodeId: bob.nodeId, role: "none", changed: true });
    for (const each of told) expect(await each).toMatchObject({ node: bob.nodeId, role: "none", before: "member", by: ada.nodeId });
    await expect(bob.send({ channel, text: "after" })).rejects.toMatchObject({ code: "not-allowed", reason: "no-role" });
    for (const node of [ada, bob, cleo]) expect(await texts(node, channel)).toEqual(["before"]);
    expect(await ada.members({ channel })).toMatchObject([
      { nodeId: bob.nodeId, role: "none" },
      { nodeId: cleo.nodeId, role: "member" },
    ]);
    await expect(ada.kick({ channel, node: bob.nodeId })).rejects.toMatchObject({ code: "not-allowed", reason: "not-needed" });
    const back = next(bob, "role");
    await ada.unban({ channel, node: bob.nodeId });
    expect(await back).toMatchObject({ role: "member" });
    const heard = next(cleo, "post");
    await bob.send({ channel, text: "thank you", wait: "delivered" });
    expect(await heard).toMatchObject({ text: "thank you" });
    for (const node of [ada, bob, cleo]) expect(await texts(node, channel)).toEqual(["before", "thank you"]);
  });

  test("by ban comes in again only by the owner", async () => {
    const [ada, bob, cleo] = [await running(), await running(), await running()];
    const channel = await garden(ada, [bob, cleo]);
    const made = next(cleo, "role", ({ role }) => role === "admin");
    await ada.grant({ channel, node: cleo.nodeId, role: "admin" });
    await made;
    await expect(cleo.ban({ channel, node: bob.nodeId })).rejects.toMatchObject({ reason: "owner-only" });
    const out = next(cleo, "role", ({ node }) => node === bob.nodeId);
    await ada.ban({ channel, node: bob.nodeId });
    expect(await out).toMatchObject({ role: "none", banned: true });
    await expect(cleo.unban({ channel, node: bob.nodeId })).rejects.toMatchObject({ code: "not-allowed", reason: "banned" });
    const seen = next(cleo, "role", ({ node }) => node === bob.nodeId);
    await ada.unban({ channel, node: bob.nodeId });
    expect(await seen).toMatchObject({ role: "member", banned: false });
  });
});

describe("roles", () => {
  test("are refused before anything is written", async () => {
    const [ada, bob] = [await running(), await running()];
    const channel = await garden(ada, [bob]);
    const refusals = [
      [() => bob.grant({ channel, node: bob.nodeId, role: "admin" }), "not-admin"],
      [() => bob.kick({ channel, node: ada.nodeId }), "not-admin"],
      [() => ada.kick({ channel, node: ada.nodeId }), "is-owner"],
      [() => ada.revoke({ channel, node: bob.nodeId }), "not-needed"],
      [() => ada.unban({ channel, node: bob.nodeId }), "not-needed"],
    ] as const;
    for (const [act, reason] of refusals) await expect(act()).rejects.toMatchObject({ code: "not-allowed", reason });
    await bob.join({ channel: "#lobby" });
    await expect(bob.kick({ channel: "#lobby", node: ada.nodeId })).rejects.toMatchObject({ reason: "no-owner" });
    expect(await ada.grant({ channel, node: bob.nodeId, role: "member" })).toMatchObject({ changed: false });
  });

  test("hold after a restart, with what was said and what was not heard", async () => {
    const home = directory();
    const first = await running({ home });
    const bob = await running();
    const channel = await garden(first, [bob], true);
    await expect(bob.send({ channel, text: "hello" })).rejects.toMatchObject({ reason: "no-role" });
    const made = next(bob, "role");
    await first.grant({ channel, node: bob.nodeId, role: "admin" });
    expect(await made).toMatchObject({ role: "admin", before: "reader" });
    const heard = next(first, "post");
    await bob.send({ channel, text: "hello" });
    await heard;
    await first.stop();
    const again = await running({ home });
    expect(await again.channels()).toMatchObject([{ owner: again.nodeId, others: "reader", role: "owner", link: channel.slice(1) }]);
    expect(await again.members({ channel })).toMatchObject([{ nodeId: bob.nodeId, role: "admin", state: "away" }]);
    expect(await texts(again, channel)).toEqual(["hello"]);
    await again.revoke({ channel, node: bob.nodeId });
    expect(await again.members({ channel })).toMatchObject([{ nodeId: bob.nodeId, role: "reader" }]);
    expect(await texts(again, channel)).toEqual(["hello"]);
  });

  test("that were lowered let what was said as the higher one stand", async () => {
    const [ada, bob] = [await running(), await running()];
    const channel = await garden(ada, [bob]);
    await bob.send({ channel, text: "as a member", wait: "delivered" });
    const made = next(bob, "role");
    await ada.grant({ channel, node: bob.nodeId, role: "reader" });
    expect(await made).toMatchObject({ role: "reader" });
    await expect(bob.send({ channel, text: "as a reader" })).rejects.toMatchObject({ reason: "no-role" });
    expect(await texts(ada, channel)).toEqual(["as a member"]);
  });
});

test("an admin takes from view what members say, and says what the channel is about; a member does neither", async () => {
  const [ada, bob, cleo] = [await running(), await running(), await running()];
  const channel = await garden(ada, [bob, cleo]);
  const heard = next(cleo, "post");
  const { id } = await bob.send({ channel, text: "rude", wait: "delivered" });
  await heard;
  await expect(cleo.delete({ id })).rejects.toMatchObject({ code: "not-your-post" });
  await expect(cleo.topic({ channel, text: "mine" })).rejects.toMatchObject({ code: "not-allowed", reason: "no-role" });
  const made = next(cleo, "role");
  await ada.grant({ channel, node: cleo.nodeId, role: "admin" });
  await made;
  const gone = next(ada, "post-deleted");
  await cleo.delete({ id });
  expect(await gone).toMatchObject({ id, author: cleo.nodeId, postAuthor: bob.nodeId });
  const topic = next(ada, "topic");
  await cleo.topic({ channel, text: "roses" });
  expect(await topic).toMatchObject({ text: "roses" });
  await expect(cleo.delete({ id: (await ada.send({ channel, text: "mine", wait: "delivered" })).id })).rejects.toMatchObject({
    code: "not-your-post",
  });
});

test("leaving is said for good; ending the node is not", async () => {
  const [ada, bob, cleo] = [await running(), await running(), await running()];
  const channel = await garden(ada, [bob, cleo]);
  const parted: string[] = [];
  ada.subscribe((event) => event.type === "parted" && parted.push(event.node));
  const gone = next(ada, "member-left", ({ peer }) => peer === cleo.nodeId);
  await cleo.stop();
  await gone;
  const left = next(ada, "parted");
  await bob.leave({ channel });
  expect(await left).toMatchObject({ node: bob.nodeId });
  expect(parted).toEqual([bob.nodeId]);
  const back = next(ada, "post");
  await bob.join({ channel, at: [ada.udp] });
  await bob.send({ channel, text: "here again" });
  expect(await back).toMatchObject({ text: "here again" });
});

describe("whom one does not want to hear", () => {
  test("is folded when muted, and not shown when blocked, also after a restart; nobody else learns of it", async () => {
    const home = directory();
    const [ada, bob] = [await running({ home }), await running({ name: "bob" })];
    const channel = await garden(bob, [ada]);
    expect(await ada.mute({ node: bob.nodeId })).toMatchObject({ nodeId: bob.nodeId, quiet: "muted" });
    const folded = next(ada, "post");
    await bob.send({ channel, text: "first", wait: "delivered" });
    expect(await folded).toMatchObject({ text: "first", muted: true });
    await ada.block({ node: bob.nodeId });
    const seen: string[] = [];
    ada.subscribe((event) => event.type === "post" && seen.push(event.text));
    await bob.send({ channel, text: "second", wait: "delivered" });
    expect(await ada.history({ channel })).toEqual([]);
    await ada.stop();
    const again = await running({ home });
    expect(await again.quiet()).toMatchObject([{ nodeId: bob.nodeId, quiet: "blocked" }]);
    await expect(again.unmute({ node: bob.nodeId })).rejects.toMatchObject({ code: "usage" });
    await again.unblock({ node: bob.nodeId });
    expect(await texts(again, channel)).toEqual(["first", "second"]);
    expect(seen).toEqual([]);
    await expect(again.mute({ node: again.nodeId })).rejects.toMatchObject({ code: "usage" });
  });
});
