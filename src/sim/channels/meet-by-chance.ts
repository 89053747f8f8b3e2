/** Whom a member meets, as in whole nodes: all of a small channel, of a large one some by chance. PROTOCOL.md §13.11. */
import { wantsMore } from "../../core/log/index.ts";

/** @param chance - from 0 to below 1 */
export function meetByChance<Id>(others: readonly Id[], chance: () => number): Id[] {
  const isMet = (_: unknown, held: number) => wantsMore(others.length + 1, held);
  if (others.every(isMet)) return [...others];
  const drawn = others.map((id) => ({ id, at: chance() })).sort((a, b) => a.at - b.at);
  return drawn.filter(isMet).map(({ id }) => id);
}
