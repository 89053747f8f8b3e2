/** Columns of text, for people. */
import { safeText } from "../shared/safe-text.ts";

/** Rows under headings, each column as wide as its widest cell; every cell is made safe for a terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(safeText))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ""))));
  return cells
    .map((row) => row.map((cell, column) => pad(cell, column === row.length - 1 ? 0 : (widths[column] ?? 0))).join("  "))
    .join("\n");
}

/** Pairs of a word and what it is. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([word]) => lengthOf(word)));
  return rows.map(([word, value]) => `${pad(word, width)}  ${safeText(value)}`).join("\n");
}

/** A time span in the largest fitting unit: `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** A day in UTC, as in certificates: `2026-05-01`. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}

function lengthOf(text: string): number {
  return [...text].length;
}
