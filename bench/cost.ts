/** CPU time that two processes take for what goes from one to the other. */
import type { Usage } from "./child.ts";

/** A process that can be asked for its CPU time. */
export interface Metered {
  ask(name: "usage", request: null): Promise<Usage>;
}

export interface Cost<Result> {
  readonly result: Result;
  readonly fromCpuMs: number;
  readonly toCpuMs: number;
}

export async function costOf<Result>(from: Metered, to: Metered, run: () => Promise<Result>): Promise<Cost<Result>> {
  const [fromBefore, toBefore] = await Promise.all([from.ask("usage", null), to.ask("usage", null)]);
  const result = await run();
  const [fromAfter, toAfter] = await Promise.all([from.ask("usage", null), to.ask("usage", null)]);
  return { result, fromCpuMs: fromAfter.cpuMs - fromBefore.cpuMs, toCpuMs: toAfter.cpuMs - toBefore.cpuMs };
}
