/**
 * How long it takes to come into a private channel: by a link, and by a word code. Each guest is a new daemon with a new home. Owner and guests know
 * one rendezvous, as people who have never met do. Floor: joining an open channel whose member's address is known.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.ts";
import type { Bench, Figure } from "./figures.ts";
import type { NodeProcess } from "./processes/node.ts";
import { median } from "./samples.ts";

const OPEN = "#open";
const PRIVATE = "#attic";
/** Nobody else is there. */
const ALONE = "#alone";
const WAYS = ["open", "link", "code"] as const;
const TIMES = 12;
const QUICK_TIMES = 10;
const GOAL_MS = 10_000;
const WITHIN_MS = 60_000;

type Way = (typeof WAYS)[number];

interface Took {
  readonly inMs: number;
  readonly saidMs: number;
}

export const benchInvites: Bench = async ({ quick }) => {
  const times = quick ? QUICK_TIMES : TIMES;
  const directory = await mkdtemp(join(tmpdir(), "ptpchat-bench-"));
  const [rendezvous, owner] = [new Child<NodeProcess>("node.ts"), new Child<NodeProcess>("node.ts")];
  try {
    const place = await rendezvous.ask("start", { home: null, rendezvous: true });
    const at = await owner.ask("start", { home: join(directory, "owner"), peers: [place] }, WITHIN_MS);
    await owner.ask("join", { channel: OPEN });
    await owner.ask("create", PRIVATE.slice(1));
    const took: Record<Way, Took[]> = { open: [], link: [], code: [] };
    for (let time = 0; time < times; time++)
      for (const way of WAYS) took[way].push(await comeIn({ owner, at, place, way, home: join(directory, `${way}${time}`) }));
    return {
      name: "invites",
      title: `into a private channel by an invite, ${times} new daemons for each kind; floor: into an open channel at a known address`,
      figures: [...figuresOf("link", took.link, took.open), ...figuresOf("word code", took.code, took.open)],
      notes: [
        "daemons in processes of their own over UDP on loopback, each guest with a new home on disk; owner and guest know one rendezvous, which introduces them",
        "in: from the call of redeem until the guest has the genesis and its role; said: until a first post of the guest is on the owner's disk and acknowledged",
        "the floor is a new daemon too, and has no session with that node either; what a start takes is in none of these",
        "the channel grows by each guest, none of whom is there any more: each is one more box for what the next one says",
      ],
    };
  } finally {
    await Promise.all([rendezvous.end(), owner.end()]);
    await rm(directory, { recursive: true, force: true });
  }
};

interface Coming {
  readonly owner: Child<NodeProcess>;
  /** Where the owner and the rendezvous are. */
  readonly at: string;
  readonly place: string;
  readonly way: Way;
  readonly home: string;
}

/** A new daemon, that has begun to keep things before the clock does. */
async function comeIn({ owner, at, place, way, home }: Coming): Promise<Took> {
  const guest = new Child<NodeProcess>("node.ts");
  try {
    await guest.ask("start", { home, peers: [place] }, WITHIN_MS);
    await guest.ask("join", { channel: ALONE });
    if (way === "open") return await guest.ask("comeIn", { channel: OPEN, at }, WITHIN_MS);
    const { [way]: invite } = await owner.ask("invite", PRIVATE);
    return await guest.ask("comeIn", { channel: PRIVATE, invite }, WITHIN_MS);
  } finally {
    await guest.end();
  }
}

function figuresOf(way: string, took: readonly Took[], open: readonly Took[]): Figure[] {
  const figure = (what: string, key: keyof Took, of: (values: number[]) => number): Figure => ({
    what: `by ${way}: ${what}`,
    value: of(took.map((each) => each[key])),
    unit: "ms",
    floor: of(open.map((each) => each[key])),
  });
  const most = figure("in, the longest", "inMs", (values) => Math.max(...values));
  return [
    figure("in, p50", "inMs", median),
    { ...most, goal: `<= ${GOAL_MS / 1_000} s`, met: most.value <= GOAL_MS },
    figure("said, p50", "saidMs", median),
    figure("said, the longest", "saidMs", (values) => Math.max(...values)),
  ];
}
