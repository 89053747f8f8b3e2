/** `send --wait held` ends well only when a mailbox has said that it holds the text, or all have it. PROTOCOL.md §22.6, cli.md "send". */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Sent } from "../../src/app/api.ts";
import type { Engine } from "../../src/app/engine.ts";
import { checkHoldable, HeldWait } from "../../src/app/held-wait.ts";
import { Waits } from "../../src/app/waits.ts";
import type { ContactNodes, RecipientView } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import type { Guid, NodeId } from "../../src/wire/index.ts";
import { Circle, endpointOf, nodeIdOf, ref } from "../core/private/gathering.ts";
import { full, identity } from "../core/session/full.ts";
import { type Host, World } from "../core/world.ts";

const nodeId = (n: number) => base32(identity(n + 1).publicKey) as NodeId;
const NAMES = ["ada", "@bob", "@mia", "@carl"];
const TIMEOUT_MS = 30_000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** What such a wait asks of an engine, of a node in virtual time. */
function engineOf(host: Host): Engine {
  const waits = new Waits();
  const { events } = host;
  events.push = (...news) => {
    for (const event of news) waits.take(event);
    return Array.prototype.push.apply(events, news);
  };
  const names = { of: (id: string) => NAMES.find((_, n) => nodeId(n) === id) ?? id };
  const core = host.node;
  return {
    core,
    waits,
    names,
    get now() {
      return host.world.now;
    },
  } as unknown as Engine;
}

/** What has become of a wait so far. */
interface Wait {
  sent: Sent | null;
  error: { code: string; message: string } | null;
}

async function outcome(wait: Wait): Promise<Wait> {
  await vi.advanceTimersByTimeAsync(0);
  return wait;
}

function say(engine: Engine, host: Host, channelId: Guid, text: string): Wait {
  const wait: Wait = { sent: null, error: null };
  const id = ref();
  new HeldWait(engine, channelId).until(id, TIMEOUT_MS).then(
    (sent) => (wait.sent = sent),
    (error: unknown) => (wait.error = error as { code: string; message: string }),
  );
  host.command({ kind: "post", id, channelId, text });
  return wait;
}

const [ADA, BOB, MIA, CARL] = [0, 1, 2, 3];

/** Mia is a mailbox for Bob. */
function contactsOf(n: number): ContactNodes {
  const known = n === MIA ? [nodeId(BOB)] : n === BOB ? [nodeId(MIA)] : [];
  return { has: (id) => known.includes(id as NodeId), all: () => known };
}

/** Ada, Bob and (with `carl`) Carl share a private channel; Bob has a mailbox at Mia, who is in nothing, unless it is said that he has none. */
function circle({ carl = false, mailbox = true } = {}): Circle {
  const made = new Circle(carl ? 4 : 3, 2, (n) => ({ contacts: contactsOf(n - 1), mailbox: n - 1 === MIA }));
  if (carl) made.letIn(made.at(CARL));
  if (mailbox) made.at(BOB).command({ kind: "mailbox", nodeId: nodeId(MIA), on: true });
  made.world.run(5_000);
  return made;
}

const channelOf = ({ place }: Circle) => ({ ...place, id: place.id, name: "attic", pair: null });

function refusal(act: () => void): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it was not refused");
}

describe("a text that is to be held", () => {
  test("is so when the mailbox of somebody who is away has said it, and not before", async () => {
    const made = circle();
    const [ada, mia] = [made.at(ADA), made.at(MIA)];
    const engine = engineOf(ada);
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    checkHoldable(engine, channelOf(made) as never);
    made.world.loses = ({ to }) => to === mia.endpoint;
    const wait = say(engine, ada, made.place.id, "one");
    made.world.run(5_000);
    expect(await outcome(wait)).toEqual({ sent: null, error: null });
    made.world.loses = () => false;
    made.world.run(30_000);
    const { sent } = await outcome(wait);
    expect(sent).toMatchObject({ state: "held", acked: 0, of: 0, held: [{ name: "@bob", byName: "@mia" }] });
    expect(sent?.id).toMatch(/^[0-9a-f]{64}$/);
  });

  test("ends as delivered where all have it", async () => {
    const made = circle({ mailbox: false });
    const engine = engineOf(made.at(ADA));
    checkHoldable(engine, channelOf(made) as never);
    const wait = say(engine, made.at(ADA), made.place.id, "one");
    made.world.run(2_000);
    expect((await outcome(wait)).sent).toMatchObject({ state: "delivered", acked: 1, of: 1 });
  });

  test("is not so when only those have it who are there, while another has a mailbox", async () => {
    const made = circle({ carl: true });
    const ada = made.at(ADA);
    const engine = engineOf(ada);
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    made.world.loses = ({ to }) => to === made.at(MIA).endpoint;
    const wait = say(engine, ada, made.place.id, "one");
    made.world.run(5_000);
    expect(ada.saw("post-state").at(-1)).toMatchObject({ state: "delivered", acked: 1, of: 1 });
    expect(await outcome(wait)).toEqual({ sent: null, error: null });
    made.world.loses = () => false;
    made.world.run(30_000);
    expect((await outcome(wait)).sent).toMatchObject({ state: "held", acked: 1, of: 1 });
  });

  test("by nobody: who is away and has no mailbox is told at once, and that those who are there have it", async () => {
    const made = circle({ carl: true, mailbox: false });
    const ada = made.at(ADA);
    const engine = engineOf(ada);
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    const wait = say(engine, ada, made.place.id, "one");
    made.world.run(5_000);
    const { error } = await outcome(wait);
    expect(error).toMatchObject({ code: "not-held" });
    expect(error?.message).toContain("1 of 2 have it. @bob is away, and no mailbox is known that holds anything");
  });

  test("late: says who is awaited, and what of that mailbox is known", async () => {
    const made = circle();
    const ada = made.at(ADA);
    const engine = engineOf(ada);
    made.world.crash(made.at(BOB));
    made.world.crash(made.at(MIA));
    made.world.run(60_000);
    const wait = say(engine, ada, made.place.id, "one");
    made.world.run(10_000);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(wait.error).toMatchObject({ code: "timeout" });
    expect(wait.error?.message).toContain(
      "within 30 s that it holds the text, which is saved here and goes on. Awaited: @bob is away, and its mailbox @mia is not reached.",
    );
  });

  test("late: a mailbox that has not answered has not said so, one that keeps nothing for that member has not taken it", async () => {
    const made = circle();
    const engine = engineOf(made.at(ADA));
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    made.at(MIA).saveAnswer = { code: "disk-full" };
    const silent = say(engine, made.at(ADA), made.place.id, "one");
    made.world.run(10_000);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(silent.error?.message).toContain("its mailbox @mia has not said yet that it holds it");
    made.at(MIA).shelf.keepMailboxes({ kind: "mailbox-owner-gone", nodeId: nodeId(BOB) });
    made.restart(MIA);
    made.world.run(10_000);
    const refused = say(engine, made.at(ADA), made.place.id, "two");
    made.world.run(10_000);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(refused.error?.message).toContain("its mailbox @mia did not take it, and is asked again after a minute");
  });

  test("late: who is there has not confirmed it", async () => {
    const made = circle();
    const engine = engineOf(made.at(ADA));
    made.at(BOB).saveAnswer = "none";
    const wait = say(engine, made.at(ADA), made.place.id, "one");
    made.world.run(5_000);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(wait.error?.message).toContain("Awaited: @bob is here, and has not confirmed it.");
  });

  test("is not held by a mailbox that has said it of another text", async () => {
    const made = circle();
    const engine = engineOf(made.at(ADA));
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    made.world.loses = ({ to }) => to === made.at(MIA).endpoint;
    const wait = say(engine, made.at(ADA), made.place.id, "one");
    made.world.run(2_000);
    const { id: channelId } = made.place;
    engine.waits.take({ type: "held", channelId, id: "f".repeat(64), for: nodeId(BOB), by: nodeId(MIA), until: 1 });
    expect(await outcome(wait)).toEqual({ sent: null, error: null });
  });

  test("that cannot be kept at all is not waited for", async () => {
    const made = circle();
    const engine = engineOf(made.at(ADA));
    const wait = new HeldWait(engine, made.place.id).until("c".repeat(32), TIMEOUT_MS).catch((error: unknown) => error);
    const { id: channelId } = made.place;
    const id = "c".repeat(32);
    engine.waits.take({ type: "post-state", id, ref: id, channelId, state: "failed", acked: 0, of: 0, reason: "too-long" });
    await vi.advanceTimersByTimeAsync(0);
    expect(await Promise.race([wait, "nothing yet"])).toMatchObject({ code: "store-failed", reason: "too-long" });
  });

  test("that the disk does not take is not sent, and the wait says so", async () => {
    const made = circle();
    made.at(ADA).saveAnswer = { code: "disk-full" };
    const wait = say(engineOf(made.at(ADA)), made.at(ADA), made.place.id, "one");
    made.world.run(5_000);
    expect((await outcome(wait)).error).toMatchObject({ code: "store-failed", reason: "disk-full" });
  });
});

describe("before anything is written it is refused", () => {
  test("where those who are away have no mailbox", () => {
    const made = circle({ mailbox: false });
    const engine = engineOf(made.at(ADA));
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    const { code, message } = refusal(() => checkHoldable(engine, channelOf(made) as never));
    expect(code).toBe("no-mailbox");
    expect(message).toContain("@bob is away, and no mailbox is known that holds anything: its user can ask a contact to be one");
    expect(message).toContain("Nothing was sent");
  });

  test("where the only mailbox is this node", () => {
    const ownMailbox: ContactNodes = { has: (id) => id === nodeId(BOB) || id === nodeId(ADA), all: () => [nodeId(BOB), nodeId(ADA)] };
    const made = new Circle(2, 2, (n) => ({ contacts: ownMailbox, mailbox: n - 1 === ADA }));
    made.at(BOB).command({ kind: "mailbox", nodeId: nodeId(ADA), on: true });
    made.world.run(5_000);
    expect(made.at(BOB).saw("mailbox")).toMatchObject([{ keeps: true }]);
    made.world.crash(made.at(BOB));
    made.world.run(30_000);
    expect(refusal(() => checkHoldable(engineOf(made.at(ADA)), channelOf(made) as never)).code).toBe("no-mailbox");
  });

  test("where nobody else is, and in a channel that everybody may read", () => {
    const made = new Circle(1);
    const engine = engineOf(made.at(ADA));
    expect(refusal(() => checkHoldable(engine, channelOf(made) as never)).message).toContain("nobody else is in #attic");
    const world = new World();
    const host = full(world, endpointOf(1), 1);
    const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
    host.command({ kind: "join", channelId: LOBBY, name: "lobby", at: [] });
    const lobby = { id: LOBBY, name: "lobby", genesis: null, pair: null };
    const { code, message } = refusal(() => checkHoldable(engineOf(host), lobby));
    expect(code).toBe("no-mailbox");
    expect(message).toContain("what is said in #lobby is left in no mailbox");
  });
});

test("what one knows of recipients follows who is there: a mailbox counts when its owner has said so, and until he takes it back", () => {
  const made = circle();
  const [ada, bob] = [made.at(ADA), made.at(BOB)];
  const seen = (): readonly RecipientView[] | null | undefined => ada.node?.recipients(made.place.id, made.world.now);
  const mailboxes = [{ nodeId: nodeId(MIA), state: "reached" }];
  expect(seen()).toEqual([{ nodeId: nodeIdOf(bob), isHere: true, mailboxes }]);
  bob.command({ kind: "mailbox", nodeId: nodeId(MIA), on: false });
  made.world.run(5_000);
  expect(seen()).toEqual([{ nodeId: nodeIdOf(bob), isHere: true, mailboxes: [] }]);
  bob.command({ kind: "mailbox", nodeId: nodeId(MIA), on: true });
  made.world.run(5_000);
  made.world.crash(bob);
  made.world.crash(made.at(MIA));
  made.world.run(60_000);
  expect(seen()).toEqual([{ nodeId: nodeIdOf(bob), isHere: false, mailboxes: [{ nodeId: nodeId(MIA), state: "away" }] }]);
});
