/** The storm against a core in this process. */
import { Target } from "./target.ts";

export interface Run {
  readonly count: number;
  readonly warmUp: number;
  readonly seed: number;
}

interface RunHere extends Run {
  /** Nodes that hold sessions with the core meanwhile. */
  readonly partners: number;
}

/** Plays the warm-up and then the storm. @returns the resident size in bytes after each, garbage collected where node allows it */
export function storm({ count, warmUp, seed, partners }: RunHere): { before: number; after: number } {
  const target = new Target(seed, partners);
  target.play(warmUp);
  const before = resident();
  report("after warm-up", target);
  const began = performance.now();
  target.play(count);
  const perSecond = Math.round(count / ((performance.now() - began) / 1_000));
  const after = resident();
  report("at the end", target);
  console.log(`${perSecond} datagrams a second`);
  for (const [reason, times] of Object.entries(target.node.counters().dropped).sort((a, b) => b[1] - a[1]))
    console.log(`  ${reason}: ${times}`);
  return { before, after };
}

function report(when: string, { node, played, now, sockets }: Target): void {
  const { heapUsed, external } = process.memoryUsage();
  const { datagramsOut, bytesIn, bytesOut } = node.counters();
  console.log(
    `${when}: ${played} played, ${node.peers(now).length} peers, ${node.routes(now).length} routes, ${sockets.size} sockets, ` +
      `${datagramsOut} sent, ${bytesIn} bytes in, ${bytesOut} out, heap ${Math.round(heapUsed / 1_024)} KiB, external ${Math.round(external / 1_024)} KiB`,
  );
}

/** What is held: garbage collected, and the pages that held it given back, of which V8 otherwise keeps several times as many ready. */
function resident(): number {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  return process.memoryUsage.rss();
}
