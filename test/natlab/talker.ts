/** A real node in the laboratory with its door open: what it says is noted with the time, so that a run can be measured. */
import type { CountersView, NamedEvent } from "../../src/app/index.ts";
import { connectToNode, type RemoteNode } from "../../src/app/index.ts";
import { Node } from "../foreign/node.ts";
import type { Lab } from "./lab.ts";

/** Something a node said, and when: `performance.now()` of the one who listens. */
export interface Heard {
  readonly atMs: number;
  readonly event: NamedEvent;
}

interface Waiter {
  readonly fits: (event: NamedEvent) => boolean;
  readonly settle: (found: Heard | null) => void;
}

export interface TalkerOptions {
  /** Endpoints to configure. */
  readonly peers: readonly string[];
  /** Every datagram too is noted; this slows the node down. */
  readonly tap?: boolean;
  /** More words for the command line. */
  readonly words?: readonly string[];
}

export class Talker {
  readonly node: Node;
  readonly door: RemoteNode;
  readonly heard: Heard[] = [];
  readonly #waiters = new Set<Waiter>();

  private constructor(node: Node, door: RemoteNode) {
    this.node = node;
    this.door = door;
    door.subscribe((event) => this.#take({ atMs: performance.now(), event }));
  }

  /** Starts a node on a host of the laboratory, with which it ends. */
  static async start(lab: Lab, host: string, { peers, tap = false, words = [] }: TalkerOptions): Promise<Talker> {
    const node = lab.keep(await Node.start({ listen: "0.0.0.0:7667", peers, words, within: lab.within(host) }));
    const talker = new Talker(node, await connectToNode({ home: node.home }));
    if (tap) await talker.door.tap({ on: true });
    return talker;
  }

  get nodeId(): string {
    return String(this.node.ready.node_id);
  }

  /** The first thing said that fits, of all after the first `after`, now or within so long; null when there is none. */
  until(fits: (event: NamedEvent) => boolean, withinMs: number, after = 0): Promise<Heard | null> {
    const found = this.heard.slice(after).find(({ event }) => fits(event));
    if (found !== undefined || withinMs <= 0) return Promise.resolve(found ?? null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(null), withinMs);
      const waiter: Waiter = {
        fits,
        settle: (heard) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(heard);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Waits until it holds so many sessions; false when it does not within so long. */
  async holds(sessions: number, withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    for (;;) {
      const after = this.heard.length;
      if ((await this.door.status()).sessions >= sessions) return true;
      const more = await this.until(({ type }) => type === "session-up", end - performance.now(), after);
      if (more === null) return false;
    }
  }

  async counters(): Promise<CountersView> {
    return (await this.door.status()).counters;
  }

  #take(heard: Heard): void {
    this.heard.push(heard);
    for (const waiter of [...this.#waiters]) if (waiter.fits(heard.event)) waiter.settle(heard);
  }
}
