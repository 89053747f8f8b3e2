/** How fast the simulator is: virtual seconds in one real second, at 16 and at 1,000 nodes. */
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { type BehaviourName, runSwarm, Simulator } from "../src/sim/index.ts";

const SMALL = 16;
const LARGE = 1_000;
const LARGE_MS = 30_000;
const HOMES: readonly BehaviourName[] = ["full-cone", "restricted-cone", "port-restricted", "linux", "symmetric"];

export interface SimFigure {
  readonly name: string;
  readonly nodes: number;
  readonly virtualMs: number;
  readonly realMs: number;
  readonly datagrams: number;
  /** Virtual time over real time. */
  readonly ratio: number;
}

/** Measures and prints; each figure is one run. */
export function benchSim(): SimFigure[] {
  const figures = [swarmFigure("swarm in calm", 0), swarmFigure("swarm with faults, all checkers", 20_000), rendezvousFigure()];
  for (const { name, nodes, virtualMs, realMs, datagrams, ratio } of figures) {
    const rate = Math.round((datagrams / realMs) * 1_000);
    console.log(
      `${name}: ${nodes} nodes, ${virtualMs / 1_000} s in ${(realMs / 1_000).toFixed(2)} s = ${ratio.toFixed(0)} x real time, ${rate} datagrams/s`,
    );
  }
  return figures;
}

function swarmFigure(name: string, faultsMs: number): SimFigure {
  return figure(name, SMALL, () => {
    const { virtualMs, datagrams } = runSwarm({ seed: 1, nodes: SMALL, crypto: sodiumCrypto, faultsMs });
    return { virtualMs, datagrams };
  });
}

/** A thousand nodes behind NATs, all at one rendezvous, in no channel. */
function rendezvousFigure(): SimFigure {
  return figure("one rendezvous", LARGE, () => {
    const simulator = new Simulator({ seed: 1, crypto: sodiumCrypto });
    const rendezvous = simulator.add({ name: "S", rendezvous: true });
    for (let at = 1; at < LARGE; at++) {
      simulator.add({ name: `N${at}`, at: { behind: HOMES[at % HOMES.length] as BehaviourName }, peers: [rendezvous.endpoint()] });
    }
    for (const host of simulator.hosts) host.start();
    simulator.run(LARGE_MS);
    return { virtualMs: simulator.now, datagrams: simulator.datagrams };
  });
}

function figure(name: string, nodes: number, run: () => { virtualMs: number; datagrams: number }): SimFigure {
  const before = performance.now();
  const ran = run();
  const realMs = performance.now() - before;
  return { name, nodes, ...ran, realMs, ratio: ran.virtualMs / realMs };
}

if (import.meta.main) benchSim();
