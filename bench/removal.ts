/**
 * What it costs to remove a member of a private channel: until the first post after it, sealed in a new epoch with a box for each member, is read by
 * all. Whole nodes in the simulator, in one process, so that CPU is that of all of them and nothing else. Floor: a post of the same channel before.
 */
import { Child } from "./child.ts";
import type { Bench, Figure } from "./figures.ts";
import type { RemovalProcess, Round } from "./processes/removal.ts";
import { median } from "./samples.ts";

const MEMBERS = [10, 50, 200];
const QUICK_MEMBERS = [10, 50];
const ROUNDS = 5;
/** Virtual minutes of hundreds of nodes take as many real ones on a busy machine. */
const WITHIN_MS = 1_200_000;

export const benchRemoval: Bench = async ({ quick }) => {
  const figures: Figure[] = [];
  for (const members of quick ? QUICK_MEMBERS : MEMBERS) {
    const child = new Child<RemovalProcess>("removal.ts");
    const { usual, removals } = await child.ask("run", { members, rounds: ROUNDS }, WITHIN_MS);
    await child.end();
    figures.push(...figuresOf(members, usual, removals));
  }
  return {
    name: "removal",
    title: "a member of a private channel is removed, and the owner says something; floor: what the owner says before",
    figures,
    notes: [
      `${ROUNDS} removals one after the other, medians; whole nodes on one virtual network without loss, 20 ms each way, with disks that flush in 0.2 to 5 ms`,
      "readable: virtual time from the order until the post after it was shown to the last member; CPU and bytes: of all nodes together until then, so some acknowledgements and copies are not among them",
      "of 200 members, 50 are there: the others came before them, published their prekeys, and went",
      "bytes are payloads of UDP; each other author pays for boxes of its own with the first thing that it says after the removal",
    ],
  };
};

function figuresOf(members: number, usual: readonly Round[], removals: readonly Round[]): Figure[] {
  const figure = (what: string, unit: string, key: keyof Round): Figure => ({
    what: `${members} members: ${what}`,
    value: median(removals.map((round) => round[key])),
    unit,
    floor: median(usual.map((round) => round[key])),
  });
  return [
    figure("boxes that the author makes", "", "boxes"),
    figure("bytes on the wire", "bytes", "bytes"),
    figure("CPU of all nodes", "ms", "cpuMs"),
    figure("CPU of the owner's own call", "ms", "authorMs"),
    figure("readable by all after", "ms", "readMs"),
  ];
}
