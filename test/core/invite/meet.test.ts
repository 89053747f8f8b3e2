/** Two who share a word code: they meet wherever both are known, and whoever has another code learns nothing and ends it. */
import { describe, expect, test } from "vitest";
import type { CodeStep, Command } from "../../../src/core/index.ts";
import { loadRistretto } from "../../../src/crypto/ristretto.ts";
import type { Endpoint, Guid } from "../../../src/wire/index.ts";
import { A, B, full, idOf } from "../session/full.ts";
import { type Host, World } from "../world.ts";
import { C, ref, S } from "./inviting.ts";

const ristretto = await loadRistretto();

const SLOT = "6f1c2d84-90ab-8cde-8f01-23456789abcd" as Guid;
const CODE = "able-about-above-absent";
const text = (words: string) => new TextEncoder().encode(words);

type Meet = Extract<Command, { kind: "meet" }>;

function meets(role: "host" | "guest", code: string, at: readonly Endpoint[] = [], more: Partial<Meet> = {}): Command {
  const payload = text(role === "host" ? "the link" : "");
  const plain: Meet = {
    kind: "meet",
    id: ref(),
    purpose: "invite",
    role,
    slot: SLOT,
    prs: text(code),
    group: ristretto,
    payload,
    at,
    forMs: 600_000,
  };
  return { ...plain, ...more };
}

const steps = (host: Host): CodeStep[] => host.saw("code").map(({ step }) => step);
const last = (host: Host) => steps(host).at(-1);
const payloadAt = (host: Host) => {
  const step = last(host);
  return step?.step === "done" ? new TextDecoder().decode(step.payload) : null;
};

/** Host and guest, with a rendezvous that the host has as its peer. */
function three(guestPeers: readonly Endpoint[]) {
  const world = new World();
  const s = full(world, S, 9, { rendezvous: true });
  const host = full(world, B, 2, { peers: [S] });
  const guest = full(world, A, 1, { peers: [...guestPeers] });
  world.run(1_000);
  return { world, s, host, guest };
}

describe("a word code", () => {
  test("brings what its maker gives to whoever uses it, at a rendezvous of both", () => {
    const { world, host, guest } = three([S]);
    host.command(meets("host", CODE));
    world.run(2_000);
    guest.command(meets("guest", CODE));
    world.run(6_000);
    expect(payloadAt(guest)).toBe("the link");
    expect(last(host)).toMatchObject({ step: "done", peer: idOf(guest) });
    expect(last(guest)).toMatchObject({ peer: idOf(host) });
    expect(steps(guest).map(({ step }) => step)).toEqual(["looking", "meeting", "done"]);
  });

  test.each(["host", "guest"])("needs nothing in between where one is the other's neighbour: the %s called", (caller) => {
    const world = new World();
    const host = full(world, B, 2, caller === "host" ? { peers: [A] } : {});
    const guest = full(world, A, 1, caller === "host" ? {} : { peers: [B] });
    world.run(1_000);
    host.command(meets("host", CODE));
    guest.command(meets("guest", CODE));
    world.run(5_000);
    expect(payloadAt(guest)).toBe("the link");
  });

  test("finds a rendezvous that it names", () => {
    const { world, host, guest } = three([]);
    host.command(meets("host", CODE));
    guest.command(meets("guest", CODE, [S]));
    world.run(8_000);
    expect(payloadAt(guest)).toBe("the link");
  });

  test("has an end, and leaves the place behind it", () => {
    const { world, s, host } = three([]);
    host.command(meets("host", CODE, [], { forMs: 5_000 }));
    world.run(2_000);
    expect(s.node?.members(SLOT, world.now)).toHaveLength(1);
    world.run(5_000);
    expect(last(host)).toEqual({ step: "failed", reason: "nobody" });
    expect(s.node?.members(SLOT, world.now)).toEqual([]);
  });
});

describe("another code", () => {
  test("ends it at both ends, and shows nothing: the right one comes too late then", () => {
    const world = new World();
    const host = full(world, B, 2);
    const [guest, third] = [full(world, A, 1, { peers: [B] }), full(world, C, 3, { peers: [B] })];
    world.run(1_000);
    host.command(meets("host", CODE));
    guest.command(meets("guest", "able-about-above-absorb"));
    world.run(5_000);
    expect(last(host)).toEqual({ step: "failed", reason: "wrong" });
    expect(last(guest)).toEqual({ step: "failed", reason: "wrong" });
    expect(host.dropped("code-wrong")).toBe(1);
    third.command(meets("guest", CODE, [], { forMs: 5_000 }));
    world.run(6_000);
    expect(last(third)).toEqual({ step: "failed", reason: "nobody" });
  });

  test("is what one of another purpose is", () => {
    const world = new World();
    const [host, guest] = [full(world, B, 2), full(world, A, 1, { peers: [B] })];
    world.run(1_000);
    host.command(meets("host", CODE));
    guest.command(meets("guest", CODE, [], { purpose: "contact" }));
    world.run(5_000);
    expect(last(guest)).toEqual({ step: "failed", reason: "wrong" });
  });
});
