/**
 * How long a search through random cases goes on: a little in every run of the tests, long when asked for by
 *
 *   PTPCHAT_TEST_FULL=1 npm test -- test/core/log
 */
export const isFull = process.env.PTPCHAT_TEST_FULL === "1";

export function runs(usual: number, full: number): number {
  return isFull ? full : usual;
}

/** Milliseconds that such a test may take. */
export const FULL_TIMEOUT_MS = isFull ? 3_600_000 : 60_000;
