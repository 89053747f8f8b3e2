/** What is said while somebody is away reaches him by a mailbox, which reads nothing of it. PROTOCOL.md §22. */
import { describe, expect, test } from "vitest";
import type { ContactNodes } from "../../../src/core/index.ts";
import { base32 } from "../../../src/crypto/index.ts";
import type { NodeId } from "../../../src/wire/index.ts";
import { Circle, nodeIdOf, savedBy, shownAt } from "../private/gathering.ts";
import { identity } from "../session/full.ts";
import type { Host } from "../world.ts";

const [ADA, BEN, MIA, NOA] = [0, 1, 2, 3];
const nodeId = (n: number) => base32(identity(n).publicKey) as NodeId;

/** Mia is a mailbox for Ben, and Ben a contact of hers. */
function contactsOf(n: number): ContactNodes {
  const known = n === MIA + 1 ? [nodeId(BEN + 1)] : n === BEN + 1 ? [nodeId(MIA + 1)] : [];
  return { has: (id) => known.includes(id as NodeId), all: () => known };
}

/** Ada and Ben share a private channel; Mia is not in it. Everybody knows everybody's address. */
function circle(): Circle {
  const made = new Circle(3, 2, (n) => ({ contacts: contactsOf(n), mailbox: n === MIA + 1 }));
  made.at(BEN).command({ kind: "mailbox", nodeId: nodeId(MIA + 1), on: true });
  made.world.run(5_000);
  return made;
}

const lieFor = (host: Host, owner: Host) => host.shelf.usage(nodeIdOf(owner)).reduce((sum, { parcels }) => sum + parcels, 0);

describe("a mailbox", () => {
  test("says that it keeps what is left for a contact, and no more once it is told so", () => {
    const made = circle();
    expect(
      made
        .at(BEN)
        .saw("mailbox")
        .map(({ keeps }) => keeps),
    ).toEqual([true]);
    expect(
      made
        .at(MIA)
        .shelf.mailboxes()
        .owners.map((owner) => owner.nodeId),
    ).toEqual([nodeIdOf(made.at(BEN))]);
    made.at(BEN).command({ kind: "mailbox", nodeId: nodeId(MIA + 1), on: false });
    made.world.run(2_000);
    expect(made.at(MIA).shelf.mailboxes().owners).toEqual([]);
  });

  test("brings what was said to who was never there together with the author, and keeps nothing of it then", () => {
    const made = circle();
    const { world, place } = made;
    const [ada, ben] = [made.at(ADA), made.at(BEN)];
    world.crash(ben);
    world.run(20_000);
    for (const text of ["one", "two", "three"]) made.say(ada, text);
    world.run(30_000);
    expect(lieFor(made.at(MIA), ben)).toBeGreaterThanOrEqual(3);
    expect(new Set(ada.saw("held").map(({ by }) => by))).toEqual(new Set([nodeIdOf(made.at(MIA))]));
    expect(ada.saw("held").length).toBe(3);
    world.crash(ada);
    world.run(20_000);
    const back = made.restart(BEN);
    world.run(30_000);
    expect(shownAt(back, place.genesis)).toEqual(["one", "two", "three"]);
    expect(back.posts()).toEqual(["one", "two", "three"]);
    expect(lieFor(made.at(MIA), ben)).toBe(0);
    expect(JSON.stringify(savedBy(made.at(MIA)))).toBe("[]");
  });

  test("is told to who comes into the channel later, once, also where it is dated ahead", () => {
    const made = new Circle(4, 2, (n) => ({ contacts: contactsOf(n), mailbox: n === MIA + 1 }));
    made.at(BEN).command({ kind: "mailbox", nodeId: nodeId(MIA + 1), on: true });
    made.world.run(5_000);
    const said = () =>
      made.at(BEN).saves.flatMap(({ changes }) => changes.filter((each) => each.kind === "signed" && each.seen?.kind === "mailbox"));
    expect(said()).toHaveLength(1);
    made.letIn(made.at(NOA));
    made.world.run(5_000);
    const known = () =>
      made
        .at(NOA)
        .node?.recipients(made.place.id, made.world.now)
        ?.find((each) => each.nodeId === nodeId(BEN + 1));
    expect(known()?.mailboxes).toMatchObject([{ nodeId: nodeId(MIA + 1) }]);
    expect(said()).toHaveLength(2);
    made.world.run(120_000);
    expect(said()).toHaveLength(2);
    made.order(made.at(NOA), { act: "kick" });
    made.world.run(5_000);
    made.at(ADA).step({ kind: "clock", epoch: 2_000_000_000_000 + 400 * 86_400_000 });
    made.letIn(made.at(NOA));
    made.world.run(60_000);
    expect(said().length).toBeLessThanOrEqual(3);
  });
});

describe("what is not for it", () => {
  test("a stranger gets no mailbox, and is told so", () => {
    const made = new Circle(3, 2, (n) => ({ mailbox: n === MIA + 1 }));
    made.at(BEN).command({ kind: "mailbox", nodeId: nodeId(MIA + 1), on: true });
    made.world.run(5_000);
    expect(
      made
        .at(BEN)
        .saw("mailbox")
        .map(({ keeps }) => keeps),
    ).toEqual([false]);
    expect(made.at(MIA).dropped("mailbox-refused")).toBeGreaterThan(0);
    expect(made.at(MIA).shelf.mailboxes().owners).toEqual([]);
  });

  test("a node that is no mailbox keeps nothing, for contacts neither", () => {
    const made = new Circle(3, 2, (n) => ({ contacts: contactsOf(n) }));
    made.at(BEN).command({ kind: "mailbox", nodeId: nodeId(MIA + 1), on: true });
    made.world.run(5_000);
    expect(made.at(MIA).shelf.mailboxes().owners).toEqual([]);
  });

  test("while a member is here nothing is left for it", () => {
    const made = circle();
    made.say(made.at(ADA), "hello");
    made.world.run(60_000);
    expect(lieFor(made.at(MIA), made.at(BEN))).toBe(0);
    expect(made.at(ADA).saw("held")).toEqual([]);
  });
});

describe("what goes wrong on the way", () => {
  test("what is left over a mailbox that fails to keep it is left again, and lies there once", () => {
    const made = circle();
    const { world } = made;
    const [ada, ben, mia] = [made.at(ADA), made.at(BEN), made.at(MIA)];
    world.crash(ben);
    world.run(20_000);
    const before = lieFor(mia, ben);
    mia.saveAnswer = { code: "disk-full" };
    made.say(ada, "one");
    world.run(30_000);
    expect(lieFor(mia, ben)).toBe(before);
    expect(ada.saw("held")).toEqual([]);
    mia.saveAnswer = "saved";
    world.run(180_000);
    const lie = lieFor(mia, ben);
    expect(lie).toBeGreaterThan(before);
    expect(ada.saw("held").length).toBe(1);
    world.run(120_000);
    expect(lieFor(mia, ben)).toBe(lie);
  });

  test("what is on its way to a mailbox that falls silent is left at another one, within seconds", () => {
    const knows = (n: number) => (n === BEN ? [nodeId(MIA + 1), nodeId(NOA + 1)] : n === MIA || n === NOA ? [nodeId(BEN + 1)] : []);
    const made = new Circle(4, 2, (n) => ({
      contacts: { has: (id) => knows(n - 1).includes(id as NodeId), all: () => knows(n - 1) },
      mailbox: n - 1 === MIA || n - 1 === NOA,
    }));
    const [ada, ben] = [made.at(ADA), made.at(BEN)];
    for (const n of [MIA, NOA]) ben.command({ kind: "mailbox", nodeId: nodeId(n + 1), on: true });
    made.world.run(5_000);
    made.world.crash(ben);
    made.world.run(30_000);
    const [first] = ada.node?.recipients(made.place.id, made.world.now)?.[0]?.mailboxes ?? [];
    const [silent, other] = first?.nodeId === nodeId(MIA + 1) ? [MIA, NOA] : [NOA, MIA];
    const before = lieFor(made.at(other), ben);
    made.world.crash(made.at(silent));
    made.say(ada, "one");
    made.world.run(4_000);
    expect(ada.saw("held")).toEqual([]);
    made.world.run(10_000);
    expect(ada.saw("held")).toMatchObject([{ by: nodeId(other + 1) }]);
    const lie = lieFor(made.at(other), ben);
    expect(lie).toBeGreaterThan(before);
    made.world.run(300_000); // by then the session with the other has ended
    expect(lieFor(made.at(other), ben)).toBe(lie);
    expect(ada.saw("held")).toHaveLength(1);
  });

  test("a sender that starts anew leaves what it had not, and nothing twice", () => {
    const made = circle();
    const { world, place } = made;
    const ben = made.at(BEN);
    world.crash(ben);
    world.run(20_000);
    world.crash(made.at(MIA));
    world.run(20_000);
    made.say(made.at(ADA), "one");
    world.run(20_000);
    made.restart(MIA);
    const again = made.restart(ADA);
    world.run(90_000);
    const lie = lieFor(made.at(MIA), ben);
    expect(lie).toBeGreaterThan(0);
    made.restart(ADA);
    world.run(90_000);
    expect(lieFor(made.at(MIA), ben)).toBe(lie);
    world.crash(again);
    world.crash(made.at(ADA));
    const back = made.restart(BEN);
    world.run(30_000);
    expect(shownAt(back, place.genesis)).toEqual(["one"]);
  });

  test("what a log of ours has that was left off when our clock was set back is left as well, before what came after", () => {
    const made = circle();
    const { world, place } = made;
    const [ada, ben, mia] = [made.at(ADA), made.at(BEN), made.at(MIA)];
    const epoch = 1_790_000_000_000;
    world.crash(ben);
    world.crash(mia);
    world.run(20_000);
    ada.step({ kind: "clock", epoch: epoch + 3_600_000 });
    made.say(ada, "one");
    made.say(ada, "two");
    world.run(5_000);
    ada.step({ kind: "clock", epoch });
    made.say(ada, "three");
    world.run(5_000);
    const again = made.restart(ADA);
    made.restart(MIA);
    world.run(90_000);
    expect(again.saw("held").length).toBe(3);
    world.crash(again);
    const back = made.restart(BEN);
    world.run(30_000);
    expect(shownAt(back, place.genesis).sort()).toEqual(["one", "three", "two"]);
  });
});
