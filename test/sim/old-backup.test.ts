/** Row 31: in any order of meeting, writing and being put back, an old backup forks nothing where somebody is there who knows more. */
import { expect, test } from "vitest";
import { openChannelHash } from "../../src/crypto/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { type Host, Random, Simulator } from "../../src/sim/index.ts";
import { guidFrom } from "../../src/wire/index.ts";

const CHANNEL = guidFrom(openChannelHash(sodiumCrypto, "lobby"));
const SEEDS = 200;

/** What a run came to. */
interface Outcome {
  readonly texts: string[];
  readonly held: string[][];
  readonly findings: string[];
  /** Events that have one place in one log. */
  readonly forks: number;
  readonly instances: number;
  /** Milliseconds until the first words after the start were told as saved. */
  readonly waitedMs: number;
}

function run(seed: number): Outcome {
  const random = new Random(seed);
  const simulator = new Simulator({ seed, crypto: sodiumCrypto });
  const b = simulator.add({ name: "B" });
  const a = simulator.add({ name: "A", peers: [b.endpoint()] });
  const c = random.chance(0.5) ? [simulator.add({ name: "C", peers: [b.endpoint()] })] : [];
  const hosts = [a, b, ...c];
  const texts: string[] = [];
  const say = (host: Host) => {
    texts.push(`${host.name} ${texts.length}`);
    host.command({ kind: "post", id: texts.length.toString(16).padStart(32, "0"), channelId: CHANNEL, text: texts.at(-1) ?? "" });
  };
  const some = (most: number, least = 0) => Array.from({ length: least + random.below(most) });
  for (const host of hosts) host.start();
  simulator.run(10);
  for (const host of hosts) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  simulator.run(1_500);
  for (const _ of some(5, 1)) say(random.pick(hosts));
  say(a);
  simulator.run(300);
  const age = a.disk.age;
  for (const _ of some(6, 1)) say(a);
  simulator.run(1_000);
  a.stop(0);
  a.disk.putBack(age);
  for (const _ of some(3)) say(b);
  simulator.run(random.below(4_000));
  a.start();
  simulator.run(random.below(1_500));
  const before = a.events.length;
  const since = simulator.now;
  say(a);
  const isSaved = () => a.events.slice(before).some((event) => event.type === "post-state" && event.state === "saved");
  simulator.runUntil(isSaved, 10_000);
  const waitedMs = simulator.now - since;
  for (const _ of some(4)) {
    simulator.run(random.below(500));
    say(random.pick(hosts));
  }
  simulator.run(4_000);
  const events = hosts.flatMap((host) => host.disk.shelf.logs().flatMap(({ rows }) => rows));
  const ofA = events.filter(({ author }) => author === a.nodeId);
  return {
    texts: texts.sort(),
    held: hosts.map((host) => [...host.disk.events.values()].flatMap(({ kind, body }) => (kind === "post" ? [body] : [])).sort()),
    findings: hosts.flatMap(({ events: heard }) => heard.flatMap((event) => (event.type === "log-finding" ? [event.finding] : []))),
    forks: events.filter(({ branches }) => branches.length > 1).length,
    instances: new Set(ofA.map(({ inst }) => inst)).size,
    waitedMs,
  };
}

test("nothing is lost, all agree, nobody sees two stories, and the first words wait no longer than they must", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { texts, held, findings, forks, instances, waitedMs } = run(seed);
    for (const each of held) expect(each, `seed ${seed}`).toEqual(texts);
    expect({ seed, forks, others: findings.filter((finding) => finding !== "rolled-back") }).toEqual({ seed, forks: 0, others: [] });
    expect(findings, `seed ${seed}`).toContain("rolled-back");
    expect(instances, `seed ${seed}`).toBe(2);
    expect(waitedMs, `seed ${seed}`).toBeLessThan(2_500);
  }
});

test("the new log is known after another start too, when nothing was written in it and nobody is there to tell", () => {
  const simulator = new Simulator({ seed: 7, crypto: sodiumCrypto });
  const b = simulator.add({ name: "B" });
  const a = simulator.add({ name: "A", peers: [b.endpoint()] });
  const say = (n: number) => a.command({ kind: "post", id: n.toString(16).padStart(32, "0"), channelId: CHANNEL, text: `${n}` });
  for (const host of [a, b]) host.start();
  simulator.run(10);
  for (const host of [a, b]) host.command({ kind: "join", channelId: CHANNEL, name: "lobby", at: [] });
  simulator.run(1_500);
  say(1);
  simulator.run(300);
  const age = a.disk.age;
  for (const n of [2, 3]) say(n);
  simulator.run(300);
  a.stop(0);
  a.disk.putBack(age);
  a.start();
  const isFound = () => a.events.some((event) => event.type === "log-finding" && event.finding === "rolled-back");
  expect(simulator.runUntil(isFound, 5_000)).toBe(true);
  simulator.run(50); // what it brought is on the disk, and of what else was said since the backup some is not
  a.stop(0);
  b.stop(0);
  a.start();
  simulator.run(2_000);
  say(4);
  simulator.run(500);
  b.start();
  simulator.run(15_000);
  for (const host of [a, b]) {
    expect([...host.disk.events.values()].flatMap(({ kind, body }) => (kind === "post" ? [body] : [])).sort()).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
    expect(host.disk.shelf.logs()[0]?.rows.map(({ branches }) => branches.length)).toEqual([1, 1]);
  }
});
