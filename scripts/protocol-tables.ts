/**
 * Writes the field tables of docs/PROTOCOL.md from the declarations in src/wire/verbs: everything between
 * `<!-- fields:VERB -->` and `<!-- /fields -->`. Run it after a change to a verb; a test fails while the page is stale.
 *
 *   node scripts/protocol-tables.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Fields, Presence, Shape } from "../src/wire/field.ts";
import { type Verb, type VerbName, verbs } from "../src/wire/index.ts";

export const PAGE = fileURLToPath(new URL("../docs/PROTOCOL.md", import.meta.url));

type Row = readonly [field: string, type: string, needed: string, meaning: string];

/** What the column "needed" says. */
const NEEDED: Readonly<Record<Presence, string>> = { needed: "yes", optional: "no", loose: "no, loose" };

/**
 * The page with all its tables written anew.
 * @throws when a verb has no markers in `page`, or markers name no verb
 */
export function withTables(page: string): string {
  const missing = new Set(Object.keys(verbs));
  const written = page.replace(/(<!-- fields:(\w+) -->\n)[\s\S]*?(<!-- \/fields -->)/g, (_, open: string, name: string, close: string) => {
    if (!missing.delete(name)) throw new Error(`no verb ${name}, or two tables of it`);
    return `${open}${tableOf(verbs[name as VerbName])}\n${close}`;
  });
  if (missing.size > 0) throw new Error(`no table of ${[...missing].join(", ")}`);
  return written;
}

/** How a verb is treated, in a sentence, and the table of its fields. */
export function tableOf(verb: Verb): string {
  const data = verb.data === "required" ? "`msg_data` must be an object." : "`msg_data` may be absent, null or an object.";
  const acked = verb.acked ? "Acknowledged with ACK." : "Never acknowledged.";
  return [`${verb.about} ${data} ${acked}`, "", ...aligned([["field", "type", "needed", "meaning"], ...rowsOf(verb.fields, "")])].join(
    "\n",
  );
}

/** A table in the form that the formatter gives it: all cells of a column equally wide, the first row its head. */
function aligned(rows: readonly Row[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  const [head = "", ...body] = rows.map((row) => lineOf(row.map((cell, at) => cell.padEnd(widths[at] ?? 0))));
  return [head, lineOf(widths.map((width) => "-".repeat(width))), ...body];
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function rowsOf(fields: Fields, prefix: string): Row[] {
  return Object.entries(fields).flatMap(([name, { shape, presence, about }]) => {
    const place = prefix + name;
    const row: Row = [`\`${place}\``, typeOf(shape), NEEDED[presence], about];
    return [row, ...rowsBelow(shape, place)];
  });
}

function rowsBelow(shape: Shape, place: string): Row[] {
  if ("fields" in shape) return rowsOf(shape.fields, `${place}.`);
  return shape.kind === "list" ? rowsBelow(shape.entry.shape, `${place}[]`) : [];
}

function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case "text":
      return (shape.format?.name ?? "string") + bounds(shape.least, shape.most, " units");
    case "integer":
      return `integer${bounds(shape.least, shape.most, "")}`;
    case "list":
      return `list${bounds(0, shape.most, " entries")}`;
    case "extension":
    case "opaque":
      return "object";
    case "choice":
      return shape.of.map((field) => typeOf(field.shape)).join("; ");
    case "unknown":
      return "any JSON";
    default:
      return shape.kind;
  }
}

/** Nothing for bounds that no value meets, or only those of a double. */
function bounds(least: number, most: number, unit: string): string {
  if (most >= Number.MAX_SAFE_INTEGER) return "";
  return ` (${least > 0 ? `${count(least)} to` : "at most"} ${count(most)}${unit})`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, withTables(readFileSync(PAGE, "utf8")));
