/** Spans of time as people read them. */

/** In the largest fitting unit: `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** A round trip: `0.4 ms`, `31 ms`. */
export function roundTrip(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

/** A day in UTC, as in certificates: `2026-05-01`. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
