/** What the matrix found, for people: a verdict for each pair, and docs/nat-matrix.md. */
import { BEHAVIOURS, type Way } from "./behaviours.ts";
import { type Met, WITHIN_MS, type Woken } from "./meeting.ts";
import { MATRIX, PAIRS } from "./pairs.ts";
import type { Result } from "./results.ts";

/** A pair whose laboratory or node did not start. */
export interface Failed {
  readonly pair: Met["pair"];
  readonly error: string;
}

export type Outcome = Met | Failed;

/** Why a pair is not as promised; null where it is. */
export function faultOf(outcome: Outcome): string | null {
  if ("error" in outcome) return outcome.error;
  const { pair, attached, bothMs, directMs, woken } = outcome;
  if (!attached) return "does not reach S";
  if (bothMs === null) return "a text did not come";
  if (bothMs > WITHIN_MS) return `a text came after ${ms(bothMs)}`;
  if (isDirect(pair.possible)) {
    if (directMs === null) return "not direct";
    if (directMs > WITHIN_MS) return `direct after ${ms(directMs)}`;
  }
  return woken === null ? null : faultAfterSilence(woken);
}

function faultAfterSilence({ bothMs, samePath }: Woken): string | null {
  if (bothMs === null) return "after a silence a text did not come";
  if (!samePath) return "the path did not outlast a silence";
  return bothMs > WITHIN_MS ? `after a silence a text came after ${ms(bothMs)}` : null;
}

export function isDirect(way: Way): boolean {
  return way !== "relay" && way !== "tcp";
}

export function nameOf({ a, b }: Met["pair"]): string {
  return a === b ? a : `${a} × ${b}`;
}

/** One line for a person who watches. */
export function lineOf(outcome: Outcome): string {
  const fault = faultOf(outcome);
  const verdict = fault === null ? "ok" : `NOT: ${fault}`;
  const name = nameOf(outcome.pair).padEnd(40);
  if ("error" in outcome) return `${name} ${verdict}`;
  const { firstMs, bothMs, directMs, datagrams, bytes, paths, woken } = outcome;
  const cells = [
    `text ${ms(firstMs)}/${ms(bothMs)}`.padEnd(22),
    `direct ${ms(directMs)}`.padEnd(16),
    (paths[0] === paths[1] ? `${paths[0]}` : paths.join("/")).padEnd(10),
    `${datagrams} datagrams ${kb(bytes)}`.padEnd(24),
    outcome.pair.possible.padEnd(11),
    ...(woken === null ? [] : [`after the silence ${ms(woken.bothMs)}`]),
  ];
  return `${name} ${cells.join(" ")} ${verdict}`;
}

/** How and where it was measured. */
export interface Setting {
  readonly date: string;
  readonly cpus: number;
  readonly jobs: number;
  readonly kernel: string;
  readonly node: string;
}

/** docs/nat-matrix.md, whole. */
export function page(results: readonly Result[], setting: Setting): string {
  const outcomes = results.map(({ outcome }) => outcome);
  const shared = outcomes.filter(({ pair }) => !MATRIX.includes(pair));
  const faults = outcomes.filter((each) => faultOf(each) !== null);
  return `${[
    "# The NAT matrix",
    HOW.trim(),
    measured(results, setting),
    `**${outcomes.length - faults.length} of ${outcomes.length} are as promised${missing(outcomes.length)}.** ${summary(outcomes)}`,
    "## The grid",
    GRID.trim(),
    grid(outcomes),
    "## Two nodes that share a NAT",
    list(shared),
    ...(faults.length === 0 ? [] : ["## Not as promised", faults.map((each) => `- ${nameOf(each.pair)}: ${faultOf(each)}`).join("\n")]),
    "## Every pair",
    LEGEND.trim(),
    list(outcomes.filter(({ pair }) => MATRIX.includes(pair))),
  ].join("\n\n")}\n`;
}

function missing(found: number): string {
  return found === PAIRS.length ? "" : `; ${PAIRS.length - found} more were not run`;
}

function measured(results: readonly Result[], { date, cpus, kernel, node, jobs }: Setting): string {
  const loads = results.map(({ load }) => load);
  const again = results.filter(({ tries }) => tries > 1).length;
  const tries =
    again === 0
      ? ""
      : ` ${again} pairs that were not as promised at first were tried again, ${Math.max(...results.map((each) => each.tries))} times at most.`;
  return `Measured ${date} with \`npm run natlab -- --write\` on ${cpus} CPUs (Linux ${kernel}, Node ${node}), ${jobs} laboratories at a time, under a load of ${median(loads).toFixed(0)} in the median and ${Math.max(...loads).toFixed(0)} at most.${tries}`;
}

const HOW = `
Two nodes behind every pair of the laboratory's NATs ([test/natlab](../test/natlab/README.md) says what each does), and a
\`ptpchat rendezvous\` S with a public address: real processes, real kernel NATs, no packet leaves the machine. A and B are started
with \`--peer S\`. Once both have a session with S, both join one channel at the same moment and say something there. From that
moment on is measured: when each text is shown at the other end, when both send over a path without a relay, and what A and B sent until
then. Multicast is off: they must be introduced.

What is promised: a text in less than a second, whatever the NATs; a direct path in less than a second wherever there can be one.
`;

const GRID = `
Milliseconds to the direct path, for the pair of a row and a column; where there is none, \`r\` and the milliseconds until both texts were there over the relay. \`!\`: not as promised.
`;

const LEGEND = `
What the laboratory says is possible: \`plain\` punching (both send to the endpoint that S observed), \`prediction\` of the next ports, \`birthday\` (many
sockets and many guesses), \`local\` (by the private address), else a \`relay\`, which one end may reach by \`tcp\` only. A path is called punched where an address
of the other end was told over S; what was sent counts datagrams over UDP.
`;

function summary(outcomes: readonly Outcome[]): string {
  const met = outcomes.flatMap((each) => ("error" in each ? [] : [each]));
  const direct = met.flatMap(({ directMs }) => (directMs === null ? [] : [directMs]));
  const texts = met.flatMap(({ bothMs }) => (bothMs === null ? [] : [bothMs]));
  return `${direct.length} pairs talk directly, after ${ms(median(direct))} in the median and ${ms(Math.max(0, ...direct))} at most. Both texts were there after ${ms(median(texts))} in the median, ${ms(Math.max(0, ...texts))} at most.`;
}

function grid(outcomes: readonly Outcome[]): string {
  const names = BEHAVIOURS.map(({ name }) => name);
  const cell = (a: string, b: string) => {
    const found = outcomes.find(({ pair }) => MATRIX.includes(pair) && [pair.a, pair.b].sort().join() === [a, b].sort().join());
    return found === undefined ? "" : cellOf(found);
  };
  const rows = names.map((row, at) => [`${at + 1} ${row}`, ...names.map((column, other) => (other <= at ? cell(row, column) : ""))]);
  return table([["", ...names.map((_, at) => String(at + 1))], ...rows]);
}

function cellOf(outcome: Outcome): string {
  const mark = faultOf(outcome) === null ? "" : "!";
  if ("error" in outcome) return "!";
  const { directMs, bothMs } = outcome;
  if (directMs !== null) return `${Math.round(directMs)}${mark}`;
  return bothMs === null ? mark : `r ${Math.round(bothMs)}${mark}`;
}

function list(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((each) => {
    const verdict = faultOf(each) === null ? "yes" : "**no**";
    if ("error" in each) return [nameOf(each.pair), each.pair.possible, "", "", "", "", "", verdict];
    const { firstMs, bothMs, directMs, paths, datagrams, bytes } = each;
    const path = paths[0] === paths[1] ? String(paths[0] ?? "none") : paths.map((one) => one ?? "none").join(", ");
    return [nameOf(each.pair), each.pair.possible, ms(firstMs), ms(bothMs), ms(directMs), path, `${datagrams}, ${kb(bytes)}`, verdict];
  });
  return table([
    ["pair", "possible", "first text", "both texts", "direct", "path at the end", "sent until direct", "as promised"],
    ...rows,
  ]);
}

/** A table of Markdown, padded, as all of docs/ are. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}

function ms(value: number | null): string {
  return value === null ? "-" : `${Math.round(value)} ms`;
}

function kb(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
