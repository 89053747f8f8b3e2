/**
 * Compiles what must not compile, and fails unless it does not: the rooms without a platform, and the arrows between
 * the rooms (ARCHITECTURE.md "Rooms"). Each folder of `cases/` holds one file, which compiles as a part of the room
 * that its tsconfig.json extends, and says in its first lines which errors it must get:
 *
 *   // expect TS2304: Cannot find name 'setTimeout'
 *
 * The room's own files compile with it, so nothing that the room pulls in (a dependency's types) lets the case through.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";

const root = join(import.meta.dirname, "../..");
const cases = join(import.meta.dirname, "cases");
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** @returns what is wrong with one case, or null */
function check(name: string): string | null {
  const folder = join(cases, name);
  const expected = readFileSync(join(folder, "case.ts"), "utf8").matchAll(/^\/\/ expect (.+)$/gm);
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: root, encoding: "utf8" });
  const errors = stdout.split("\n").filter((line) => /error TS\d+/.test(line));
  const elsewhere = errors.filter((line) => line.startsWith(roomOf(folder)));
  if (elsewhere.length > 0) return `other errors, so this proves nothing:\n${elsewhere.join("\n")}`;
  const missing = [...expected].map(([, words = ""]) => words).filter((words) => !errors.some((line) => line.includes(words)));
  if (status === 0 || missing.length > 0) return `compiles although it must not; expected ${missing.join(" and ")}\n${stdout}`;
  return null;
}

/** The room that a case compiles with, from the root: `src/core/`. Errors of other rooms follow from a wrong arrow to them. */
function roomOf(folder: string): string {
  const { extends: base } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as { extends: string };
  return `${relative(root, join(folder, dirname(base)))}/`;
}

const names = readdirSync(cases).sort();
const failures = names.flatMap((name) => {
  const wrong = check(name);
  return wrong === null ? [] : [`test/compile-fail/cases/${name}: ${wrong}`];
});
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stderr.write(`${names.length - failures.length} of ${names.length} are refused as they must be\n`);
process.exitCode = failures.length === 0 && names.length > 0 ? 0 : 1;
