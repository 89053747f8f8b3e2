/** Moments as people write and read them. */
import { UsageError } from "./usage-error.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * What `--since` means: a message id, or 6 hex digits or more that it begins with, as it is; a time as ms since 1970.
 * @param now - ms since 1970, for `10m`, `2h`, `1d`
 * @throws UsageError when it is none of them
 */
export function sinceOf(text: string, now: number): string | number {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ""] ?? 0);
  if (/^\d{12,15}$/.test(text)) return Number(text);
  if (/^[0-9a-f]{6,64}$/i.test(text)) return text.toLowerCase();
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `--since ${text}: a message id or a time is wanted`,
      "A time is 2026-05-01T12:00, 10m, 2h, 1d, or milliseconds since 1970.",
    );
  return time;
}

/** `2026-05-01 12:00:03` in local time. */
export function localTime(at: number): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}
