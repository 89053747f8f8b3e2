/** What the checkers of whole swarms are tried on. */
import { type Input, type Instant, Node, type NodeConfig, type Output } from "../../src/core/index.ts";
import type { SimNode } from "../../src/sim/index.ts";

/** The real core, with something wrong in what comes out of it. */
export class Bent extends Node implements SimNode {
  readonly #change: (output: Output) => Output[];

  constructor(config: NodeConfig, change: (output: Output) => Output[]) {
    super(config);
    this.#change = change;
  }

  override step(now: Instant, input: Input): Output[] {
    return super.step(now, input).flatMap(this.#change);
  }
}
