/** Files between nodes on a wire that loses, among them some that lie, leave or have no business in the channel. */
import { describe, expect, test } from "vitest";
import { blocksIn, type Command, channelGuid } from "../../../src/core/index.ts";
import { BLOCK_BYTE, type Endpoint, type Guid } from "../../../src/wire/index.ts";
import { full, idOf } from "../session/full.ts";
import { type Host, World } from "../world.ts";
import { type SealedFile, sealedFile } from "./sealed-file.ts";

const LOBBY = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98" as Guid;
const OTHER = "11111111-2222-8333-8444-555555555555" as Guid;
const NOTHING = new Uint8Array(0);

/** So many nodes that all hold sessions with each other, in one channel. */
function crowd(count: number, seed = 1): { world: World; hosts: Host[] } {
  const world = new World();
  world.random = seed;
  const hosts: Host[] = [];
  for (let number = 1; number <= count; number++) {
    const peers = hosts.map(({ endpoint }) => endpoint);
    const host = full(world, `203.0.113.${number}:7667`, number, { peers: peers as Endpoint[] });
    host.command({ kind: "join", channelId: LOBBY, name: "lobby", at: [] });
    hosts.push(host);
  }
  world.run(2_000);
  return { world, hosts };
}

/** Puts all of a file, or only those parts, on the disk of a host, which gives it. */
function hold(host: Host, { root, shape, parts }: SealedFile, channelId = LOBBY, has: (part: string) => boolean = () => true): void {
  for (const [part, bytes] of parts) if (has(part)) host.blocks.set(`${root} ${part}`, bytes);
  host.command({ kind: "hold-file", root, shape, channelId });
}

function fetch(host: Host, { root, shape }: SealedFile, have = NOTHING): void {
  host.command({ kind: "hold-file", root, shape, channelId: LOBBY });
  host.command({ kind: "fetch-file", root, shape, channelId: LOBBY, have } as Command);
}

/** True when a host has every part, byte for byte. */
function isWhole(host: Host, { root, parts }: SealedFile): boolean {
  return [...parts].every(([part, bytes]) => Buffer.compare(host.blocks.get(`${root} ${part}`) ?? NOTHING, bytes) === 0);
}

const flipped = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 7 ? byte ^ 1 : byte));

describe("a file", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "arrives whole from several givers of whom one lies and one leaves, over a wire that loses (seed %d)",
    (seed) => {
      const { world, hosts } = crowd(6, seed);
      const [fetcher, honest, liar, leaver, half, other] = hosts as [Host, Host, Host, Host, Host, Host];
      const file = sealedFile(1_500_000, 4_096, seed);
      for (const host of [honest, liar, leaver]) hold(host, file);
      hold(half, file, LOBBY, (part) => part.startsWith("1") || Number(part.split(" ")[1]) % 2 === seed % 2);
      liar.alters = (bytes) => (world.chance() < 128 ? flipped(bytes) : bytes);
      world.loses = () => world.chance() < 26; // a tenth
      fetch(fetcher, file);
      fetch(other, file);
      world.run(300 + 40 * seed);
      world.crash(leaver);
      world.run(60_000);
      expect(fetcher.fetched.get(file.root)).toBeNull();
      expect(other.fetched.get(file.root)).toBeNull();
      expect(isWhole(fetcher, file) && isWhole(other, file)).toBe(true);
      expect(fetcher.dropped("bad-block") + other.dropped("bad-block")).toBeGreaterThan(0);
    },
  );

  test("of several lists comes list by list", () => {
    const { world, hosts } = crowd(2);
    const [fetcher, giver] = hosts as [Host, Host];
    const file = sealedFile(4_096 * 8_194);
    hold(giver, file);
    fetch(fetcher, file);
    world.run(120_000);
    expect(fetcher.fetched.get(file.root)).toBeNull();
    expect(isWhole(fetcher, file)).toBe(true);
  });

  test("comes from whoever has fetched it when its author has gone", () => {
    const { world, hosts } = crowd(3);
    const [author, second, third] = hosts as [Host, Host, Host];
    const file = sealedFile(300_000);
    hold(author, file);
    fetch(second, file);
    world.run(5_000);
    world.crash(author);
    fetch(third, file);
    world.run(10_000);
    expect(third.fetched.get(file.root)).toBeNull();
    expect(isWhole(third, file)).toBe(true);
  });

  test("goes on from what is there already: no block comes twice", () => {
    const { world, hosts } = crowd(2);
    const [fetcher, giver] = hosts as [Host, Host];
    const file = sealedFile(4_096 * 40);
    hold(giver, file);
    const have = new Uint8Array(5).fill(0xff, 0, 4); // the first 32 of 40
    let read = 0;
    giver.alters = (bytes) => {
      read++;
      return bytes;
    };
    fetch(fetcher, file, have);
    world.run(5_000);
    expect(fetcher.fetched.get(file.root)).toBeNull();
    expect(read, "the list and eight blocks").toBe(9);
  });

  test("waits for somebody who has it, and comes as soon as he is there", () => {
    const { world, hosts } = crowd(3);
    const [fetcher, idle, late] = hosts as [Host, Host, Host];
    const file = sealedFile(100_000);
    fetch(fetcher, file);
    hold(idle, file, LOBBY, () => false);
    world.run(60_000);
    expect(fetcher.fetched.size).toBe(0);
    hold(late, file);
    world.run(31_000);
    expect(fetcher.fetched.get(file.root)).toBeNull();
  });

  test("that is given at once to two who fetch it comes to each in part from the other", () => {
    const { world, hosts } = crowd(3);
    const [giver, one, two] = hosts as [Host, Host, Host];
    const file = sealedFile(4_096 * 1_000);
    hold(giver, file);
    let given = 0;
    giver.alters = (bytes) => {
      given++;
      return bytes;
    };
    giver.readMs = 40; // it is the bottleneck, as a line at home is
    fetch(one, file);
    fetch(two, file);
    world.run(60_000);
    expect(isWhole(one, file) && isWhole(two, file)).toBe(true);
    expect(given).toBeLessThan(1_700);
  });
});

describe("who is asked for blocks", () => {
  test("gives none of a channel that the asker is not in, and none of one channel in another", () => {
    const { world, hosts } = crowd(2);
    const [asker, giver] = hosts as [Host, Host];
    const file = sealedFile(10_000);
    giver.command({ kind: "join", channelId: OTHER, name: "other", at: [] });
    hold(giver, file, OTHER);
    fetch(asker, file); // says that it is of the lobby
    world.run(3_000);
    expect(asker.blocks.size, "the same answer as for a file that is not there").toBe(0);
    asker.command({ kind: "let-file-go", root: file.root });
    asker.command({ kind: "fetch-file", root: file.root, shape: file.shape, channelId: OTHER, have: NOTHING });
    world.run(3_000);
    expect(asker.blocks.size).toBe(0);
    expect(idOf(asker)).not.toBe("");
  });

  test("gives no more to who was removed", () => {
    const world = new World();
    const owner = full(world, "203.0.113.1:7667", 1);
    owner.command({ kind: "create", id: "1".repeat(32), name: "garden", others: "member" });
    world.run(100);
    const channelId = owner.saw("ordered")[0]?.channelId as Guid;
    const genesis = owner.saves.flatMap(({ changes }) => changes.flatMap((change) => (change.kind === "signed" ? [change.event] : [])))[0];
    const asker = full(world, "203.0.113.2:7667", 2, { peers: ["203.0.113.1:7667" as Endpoint] });
    asker.command({ kind: "join", channelId, name: "garden", at: [], genesis: genesis?.channel } as Command);
    world.run(5_000);
    expect(channelGuid(genesis?.channel as never)).toBe(channelId);
    const [one, two] = [sealedFile(50_000, 4_096, 1), sealedFile(50_000, 4_096, 2)];
    for (const file of [one, two]) hold(owner, file, channelId);
    const get = ({ root, shape }: SealedFile) => asker.command({ kind: "fetch-file", root, shape, channelId, have: NOTHING });
    get(one);
    world.run(3_000);
    expect(isWhole(asker, one)).toBe(true);
    const plan = owner.node?.plan(channelId, idOf(asker), { act: "kick" });
    if (plan === undefined || typeof plan === "string") throw new Error(`no plan: ${plan}`);
    owner.command({ kind: "order", id: "2".repeat(32), channelId, statements: plan.statements });
    world.run(1_000);
    get(two);
    world.run(5_000);
    expect(asker.blocks.has(`${two.root} 1 0`)).toBe(false);
  });

  test("gives a neighbour no more than three times the file within an hour", () => {
    const { world, hosts } = crowd(2);
    const [asker, giver] = hosts as [Host, Host];
    const file = sealedFile(4_096 * 20);
    hold(giver, file);
    let read = 0;
    giver.alters = (bytes) => {
      read++;
      return bytes;
    };
    for (let time = 0; time < 20; time++) {
      asker.command({ kind: "let-file-go", root: file.root });
      fetch(asker, file);
      world.run(5_000);
    }
    expect(read).toBe(3 * 20 + 64);
    expect(giver.dropped("busy")).toBeGreaterThan(0);
    world.run(3_600_000);
    fetch(asker, file);
    world.run(5_000);
    expect(read).toBeGreaterThan(3 * 20 + 64);
  });
});

describe("an author who lies", () => {
  test.each([
    ["a larger size than the root has", 4_096 * 10, 4_096 * 30],
    ["a smaller size than the root has", 4_096 * 30, 4_096 * 10],
    ["a last block that is shorter", 4_096 * 10 - 100, 4_096 * 9],
  ])("about %s is found out, whoever gives the file", (_, size, said) => {
    const { world, hosts } = crowd(2);
    const [fetcher, giver] = hosts as [Host, Host];
    const file = sealedFile(size, 8_192);
    hold(giver, file);
    fetcher.command({ kind: "fetch-file", root: file.root, shape: { size: said, blockBytes: 8_192 }, channelId: LOBBY, have: NOTHING });
    world.run(5_000);
    expect(fetcher.fetched.get(file.root)).toBe("untrue");
    expect(fetcher.dropped("bad-block"), "the giver is honest").toBe(0);
  });
});

test("blocks that nobody asked for are dropped before anything is computed, and cut ones too", () => {
  const { world, hosts } = crowd(2);
  const [fetcher, giver] = hosts as [Host, Host];
  const file = sealedFile(4_096 * 3);
  expect(blocksIn(file.shape)).toBe(3);
  hold(giver, file);
  fetch(fetcher, file);
  world.run(3_000);
  expect(fetcher.fetched.get(file.root)).toBeNull();
  fetcher.drops.length = 0;
  // The giver's core is told that it was asked: its answer comes when nothing is fetched any more.
  giver.alters = (bytes) => bytes;
  fetcher.command({ kind: "fetch-file", root: file.root, shape: file.shape, channelId: LOBBY, have: NOTHING });
  fetcher.command({ kind: "let-file-go", root: file.root });
  world.run(3_000);
  expect(fetcher.dropped("stray-block")).toBe(1);
  expect(
    world.sent.every(({ bytes }) => bytes[0] !== BLOCK_BYTE),
    "nothing of a block is ever in the clear",
  ).toBe(true);
});
