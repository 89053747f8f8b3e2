/** Columns of text, for people. */
import { safeText } from "../shared/safe-text.ts";
import { padTo, widthOf } from "../shared/width.ts";

/** A table is read in a terminal of this width. */
const WIDTH = 80;
/** A cell wider than this, as an IPv6 endpoint, moves what follows in its own row only, and not in all others. */
const COLUMN_MAX = 26;

/**
 * Rows under headings, each column as wide as its widest cell; every cell is made safe for a terminal. Where a row does not
 * fit, its last cell stands on a line of its own.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(safeText))];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? "")).filter((width) => width <= COLUMN_MAX)),
  );
  return cells.map((row) => lineOf(row, widths)).join("\n");
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => (column === row.length - 1 ? cell : padTo(cell, widths[column] ?? 0)));
  const line = padded.join("  ").trimEnd();
  if (widthOf(line) <= WIDTH) return line;
  return `${padded.slice(0, -1).join("  ").trimEnd()}\n    ${padded.at(-1)}`;
}

/** Pairs of a word and what it is. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([word]) => widthOf(word)));
  return rows.map(([word, value]) => `${padTo(word, width)}  ${safeText(value)}`).join("\n");
}
