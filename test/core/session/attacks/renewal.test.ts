/**
 * Somebody on the path spoils the renewal of keys: the session goes on under the old ones for as long as they last, and is
 * renewed as soon as it can be.
 */
import { expect, test } from "vitest";
import { REJECT_MS, REKEY_MS } from "../../../../src/core/limits.ts";
import { posts } from "../../said.ts";
import type { Host, Sent, World } from "../../world.ts";
import { A } from "../full.ts";
import { talking } from "./attack.ts";
import { firstIn, laterIn } from "./forger.ts";

/** Posts from both ends once in 5 s; what was said must have arrived by the next time. */
function chat(world: World, a: Host, b: Host, ms: number, from = 1): number {
  let n = from;
  for (const until = world.now + ms; world.now < until; n++) {
    a.command(posts(n, `a ${n}`));
    b.command(posts(10_000 + n, `b ${n}`));
    world.run(5_000);
    expect([a.posts().length, b.posts().length]).toEqual([n, n]);
  }
  return n;
}

type Suppress = (sent: Sent, asked: ReadonlySet<number | undefined>) => boolean;

/** `asked` holds the indices of all first messages: what answers none of them is a third message. */
const SUPPRESSED: Record<string, Suppress> = {
  "the first messages": ({ bytes }) => firstIn(bytes) !== null,
  "the answers": ({ bytes }, asked) => asked.has(laterIn(bytes)?.to),
  "the third messages": ({ bytes }, asked) => laterIn(bytes) !== null && !asked.has(laterIn(bytes)?.to),
  "all that A says in a handshake": ({ from, bytes }) => from === A && (firstIn(bytes) ?? laterIn(bytes)) !== null,
};

test.each(Object.entries(SUPPRESSED))(
  "%s are suppressed when keys are due, until shortly before the old ones are used up",
  (_name, isSuppressed) => {
    const { world, a, b } = talking();
    const asked = new Set<number | undefined>();
    const next = chat(world, a, b, REKEY_MS - 10_000);
    world.loses = (sent) => {
      const first = firstIn(sent.bytes);
      if (first !== null) asked.add(first.i);
      return isSuppressed(sent, asked);
    };
    const after = chat(world, a, b, REJECT_MS - REKEY_MS - 5_000, next);
    world.loses = () => false;
    chat(world, a, b, 300_000, after);
    for (const host of [a, b]) {
      expect(host.saw("session-up")).toHaveLength(1);
      expect(host.saw("session-down")).toEqual([]);
    }
  },
);
