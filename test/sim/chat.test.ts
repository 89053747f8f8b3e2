import { describe, expect, it } from "vitest";
import { openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { AcksChecker, Checkers, CreditChecker, type Host, Meetings, PostsChecker, Simulator } from "../../src/sim/index.ts";
import { guidFrom } from "../../src/wire/index.ts";

const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, "lobby"));

/** A and B know only S; both join one channel there. */
function meet(seed: number, loss: number) {
  const posts = new PostsChecker(new Meetings());
  const checkers = new Checkers([posts, new AcksChecker(), new CreditChecker()]);
  const simulator = new Simulator({ seed, crypto: sodiumCrypto, watchers: [checkers] });
  const s = simulator.add({ name: "S", rendezvous: true, bareOnly: true });
  const a = simulator.add({ name: "A", at: { behind: "port-restricted" }, peers: [s.endpoint()], bareOnly: true });
  const b = simulator.add({ name: "B", at: { behind: "restricted-cone" }, peers: [s.endpoint()], bareOnly: true });
  for (const host of [a, b]) for (const box of host.site.boxes) box.link.loss = loss;
  for (const host of simulator.hosts) host.start();
  simulator.run(10);
  for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  return { simulator, checkers, posts, a, b };
}

function say(host: Host, id: number, text: string): void {
  host.command({ kind: "post", id: id.toString(16).padStart(32, "0"), channelId: CHANNEL, text });
}

function shows(host: Host, text: string): boolean {
  return host.events.some((event) => event.type === "post" && !event.own && event.text === text);
}

/** True when it reaches a member besides S, whom it takes for one until S says that it is not. */
function reachesTheOther(host: Host): boolean {
  return host.node
    .members(CHANNEL, host.now)
    .some((member) => member.state !== "away" && !host.peers.some((peer) => peer === member.endpoint));
}

describe("two people whom a rendezvous introduces", () => {
  it("talk within two seconds over the relay, and directly once the punched path has proved itself", () => {
    const { simulator, checkers, a, b } = meet(1, 0);
    expect(simulator.runUntil(() => reachesTheOther(a) && reachesTheOther(b), 2_000)).toBe(true);
    say(a, 1, "hello Bob");
    say(b, 2, "hello Ann");
    expect(simulator.runUntil(() => shows(b, "hello Bob") && shows(a, "hello Ann"), 2_000)).toBe(true);
    expect(simulator.runUntil(() => a.node.peers(a.now).some((peer) => peer.path === "punched" && peer.live), 15_000)).toBe(true);
    expect(checkers.violations()).toEqual([]);
  });

  it("lose nothing silently over links that lose a quarter each: a text is shown, or its author is told that it failed", () => {
    let shown = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const { simulator, checkers, a, b } = meet(seed, 0.25);
      simulator.runUntil(() => reachesTheOther(a) && reachesTheOther(b), 60_000);
      for (let at = 0; at < 5; at++) {
        say(a, 2 * at, `ann ${at}`);
        say(b, 2 * at + 1, `bob ${at}`);
        simulator.run(4_000);
      }
      simulator.run(20_000);
      for (const [author, reader, name] of [
        [a, b, "ann"],
        [b, a, "bob"],
      ] as const) {
        for (let at = 0; at < 5; at++) {
          const isShown = shows(reader, `${name} ${at}`);
          if (isShown) shown++;
          const failed = author.events.some(
            (event) => event.type === "post-state" && event.state === "failed" && idOf(author, `${name} ${at}`) === event.id,
          );
          expect(isShown || failed).toBe(true);
        }
      }
      expect(checkers.violations()).toEqual([]);
    }
    expect(shown).toBeGreaterThan(80);
  });

  it("find each other again after a crash, and what was told to be saved is still there", () => {
    const { simulator, checkers, posts, a, b } = meet(4, 0);
    simulator.runUntil(() => reachesTheOther(a) && reachesTheOther(b), 5_000);
    say(a, 1, "before the crash");
    simulator.run(2_000);
    a.stop(0);
    simulator.run(20_000);
    a.start();
    expect(simulator.runUntil(() => reachesTheOther(a) && reachesTheOther(b), 30_000)).toBe(true);
    say(a, 2, "after the crash");
    expect(simulator.runUntil(() => shows(b, "after the crash"), 5_000)).toBe(true);
    posts.checkDisks(new Map([["A", a.disk.events]]));
    expect(checkers.violations()).toEqual([]);
  });

  it("are told when the disk is full: the text is not sent, and the author knows", () => {
    const { simulator, checkers, a, b } = meet(5, 0);
    simulator.runUntil(() => reachesTheOther(a) && reachesTheOther(b), 5_000);
    a.disk.full = true;
    say(a, 1, "never kept");
    simulator.run(3_000);
    expect(a.events.some((event) => event.type === "store-failed" && event.code === "disk-full")).toBe(true);
    expect(a.events.some((event) => event.type === "post-state" && event.state === "failed")).toBe(true);
    expect(shows(b, "never kept")).toBe(false);
    a.disk.full = false;
    expect(simulator.runUntil(() => a.events.some((event) => event.type === "store-recovered"), 30_000)).toBe(true);
    expect(checkers.violations()).toEqual([]);
  });
});

function idOf(author: Host, text: string): string | undefined {
  const own = author.events.find((event) => event.type === "post" && event.own && event.text === text);
  return own?.type === "post" ? own.id : undefined;
}
