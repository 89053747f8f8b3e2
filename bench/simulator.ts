/** The simulator's figures as a report: how much faster than real time it is. */
import { Child } from "./child.ts";
import type { Bench, Figure } from "./figures.ts";
import type { SimProcess } from "./processes/simulator.ts";

/** The runs are bounded in virtual time; on a slow machine this bounds them in real time. */
const WITHIN_MS = 180_000;
const SMALL_NODES = 16;
const SMALL_GOAL = 100;

export const benchSimulator: Bench = async () => {
  const child = new Child<SimProcess>("simulator.ts");
  const runs = await child.ask("run", null, WITHIN_MS);
  await child.end();
  const figures = runs.flatMap(({ name, nodes, ratio, datagrams, realMs }): Figure[] => {
    const goal = nodes === SMALL_NODES ? { goal: `>= ${SMALL_GOAL} x`, met: ratio >= SMALL_GOAL } : {};
    return [
      { what: `${name}, ${nodes} nodes`, value: ratio, unit: "x real time", ...goal },
      { what: `${name}, ${nodes} nodes: datagrams`, value: (1_000 * datagrams) / realMs, unit: "/s" },
    ];
  });
  return {
    name: "sim",
    title: "virtual time over real time of the simulator, one process",
    figures,
    notes: ["1,000 nodes in one process is the goal there: that it runs to its end"],
  };
};
