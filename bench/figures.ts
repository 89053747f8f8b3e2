/** What a benchmark hands back, and how it is shown. A figure stands beside the floor that was measured in the same run. */

/** One line of a table. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The least that the machine allows, measured in the same run, in the same unit. */
  readonly floor?: number;
  /** The goal of the design, in words; absent where there is none. */
  readonly goal?: string;
  /** Whether the goal was reached. */
  readonly met?: boolean;
}

export interface Report {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What one has to know to read the figures. */
  readonly notes: readonly string[];
}

export interface BenchOptions {
  /** Shorter runs: the figures are rougher. */
  readonly quick: boolean;
}

export type Bench = (options: BenchOptions) => Promise<Report>;

const HEAD = ["what", "figure", "floor", "ratio", "goal", "met"];

/** The report as a table for people. */
export function tableOf({ name, title, figures, notes }: Report): string {
  const rows = [HEAD, ...figures.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`${name}: ${title}`, ...lines.map((line) => `  ${line}`), ...notes.map((note) => `  note: ${note}`)].join("\n");
}

/** The same for a page in Markdown. */
export function markdownOf({ name, title, figures, notes }: Report): string {
  const rows = [HEAD, HEAD.map(() => "---"), ...figures.map(rowOf)].map((row) => `| ${row.join(" | ")} |`);
  return [`### ${name}: ${title}`, "", ...rows, "", ...notes.map((note) => `- ${note}`)].join("\n");
}

function rowOf({ what, value, unit, floor, goal, met }: Figure): string[] {
  const floorText = floor === undefined ? "" : `${numberText(floor)} ${unit}`;
  const ratio = floor === undefined || floor === 0 ? "" : (value / floor).toFixed(2);
  return [what, `${numberText(value)} ${unit}`.trim(), floorText.trim(), ratio, goal ?? "", met === undefined ? "" : met ? "yes" : "NO"];
}

/** Three digits that count, thousands grouped. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "none";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString("en", { minimumFractionDigits: Number.isInteger(value) ? 0 : digits, maximumFractionDigits: digits });
}
