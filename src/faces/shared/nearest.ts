/** "Did you mean": the known word that a mistyped one is nearest to. */

/** Of a word's letters, so many may be wrong: more would guess at random. */
const WRONG_PART_MAX = 0.4;

/** @returns the known word with the fewest wrong letters, or null when none is near */
export function nearest(word: string, known: Iterable<string>): string | null {
  const typed = word.toLowerCase();
  let best: { word: string; wrong: number } | null = null;
  for (const candidate of known) {
    const prefix = typed.length >= 2 && candidate.startsWith(typed);
    const wrong = prefix ? 0.5 : editDistance(typed, candidate);
    if (wrong <= Math.max(typed.length, candidate.length) * WRONG_PART_MAX && (best === null || wrong < best.wrong))
      best = { word: candidate, wrong };
  }
  return best?.word ?? null;
}

/** Letters to insert, delete, replace or swap with their neighbour to make `b` of `a` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(beforeLast, j - 2) + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
