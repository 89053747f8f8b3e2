/** How fast the simulator is: virtual seconds in one real second, at 16 nodes, at hundreds with reasons to talk, and at 1,000. */
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { type BehaviourName, runSwarm, Simulator } from "../src/sim/index.ts";
import { runReach } from "../src/sim/reach/index.ts";

const SMALL = 16;
const MANY = 200;
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
  const figures = [
    swarmFigure("swarm in calm", 0),
    swarmFigure("swarm with faults, all checkers", 20_000),
    reachFigure(),
    rendezvousFigure(),
  ];
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

/** Channels of eight and of two, each pair connected as well as its NATs allow. */
function reachFigure(): SimFigure {
  return figure("reach, no faults", MANY, () => runReach({ seed: 1, nodes: MANY, faultsMs: 0, withinMs: 20_000, crypto: sodiumCrypto }));
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
