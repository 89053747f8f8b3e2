/** How much of a channel is kept, as people write it: `500MB`, `30d`, `all`. docs/cli.md "Keep". */
import type { Quota } from "../core/index.ts";
import { ApiError } from "./api.ts";

export const ALL: Quota = { bytes: null, days: null };

const UNIT_BYTES: Readonly<Record<string, number>> = { kb: 1_000, mb: 1_000_000, gb: 1_000_000_000, tb: 1_000_000_000_000 };
/** Less than a few screens is a mistake, and would drop what was said a moment ago. */
const BYTES_MIN = 100_000;
const DAYS_MAX = 36_500;

/** @throws ApiError `usage` */
export function parseQuota(text: string): Quota {
  const word = text.trim().toLowerCase();
  if (word === "all") return ALL;
  const days = /^(\d{1,6})d$/.exec(word);
  if (days !== null && Number(days[1]) >= 1 && Number(days[1]) <= DAYS_MAX) return { bytes: null, days: Number(days[1]) };
  const size = /^(\d{1,9})(kb|mb|gb|tb)$/.exec(word);
  const bytes = size === null ? 0 : Number(size[1]) * (UNIT_BYTES[size[2] ?? ""] ?? 0);
  if (bytes >= BYTES_MIN && Number.isSafeInteger(bytes)) return { bytes, days: null };
  throw new ApiError("usage", `"${text}" is no quota: write a size from 100KB on (500MB, 2GB), days (30d), or all`);
}

/** As it is written. */
export function quotaText({ bytes, days }: Quota): string {
  if (days !== null) return `${days}d`;
  if (bytes === null) return "all";
  const [unit, size] = Object.entries(UNIT_BYTES).findLast(([, each]) => bytes % each === 0) ?? ["b", 1];
  return `${bytes / size}${unit.toUpperCase()}`;
}

/** True where the new one keeps something that the old one did not. */
export function keepsMore(next: Quota, before: Quota): boolean {
  const isUnder = (limit: number | null, old: number | null) => limit !== null && old !== null && limit <= old;
  return !isUnder(next.bytes, before.bytes) && !isUnder(next.days, before.days) && (before.bytes !== null || before.days !== null);
}
