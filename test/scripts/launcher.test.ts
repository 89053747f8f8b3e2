/** `./ptpchat` runs what is built of the sources, of today's sources, and the sources themselves where nothing can be built. ADR 0016. */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILT = "node_modules/.ptpchat/ptpchat.js";
let checkout: string;

/** A checkout of its own, with the packages of this one. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "ptpchat-launcher-"));
  for (const name of ["ptpchat", "scripts", "src", "package.json", "package-lock.json"])
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true, preserveTimestamps: true });
  mkdirSync(join(checkout, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => each !== ".ptpchat")) {
    if (name.startsWith(".ptpchat")) cpSync(join(ROOT, "node_modules", name), join(checkout, "node_modules", name));
    else symlinkSync(join(ROOT, "node_modules", name), join(checkout, "node_modules", name));
  }
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

function version(): string {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(checkout, "compiled") };
  return execFileSync(join(checkout, "ptpchat"), ["version"], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] }).trim();
}

test("the first start builds the program, and a source that changed is built anew", { timeout: 60_000 }, () => {
  const before = version();
  expect(before).toMatch(/^ptpchat [0-9.]+ \(/);
  expect(readdirSync(join(checkout, "node_modules/.ptpchat")).sort()).toEqual(["preview-worker.js", "ptpchat.js", "writer.js"]);
  appendFileSync(join(checkout, "src/faces/cli/commands/version.ts"), '\nprocess.stdout.write("changed ");\n');
  expect(version()).toBe(`changed ${before}`);
});

test("where nothing can be built the sources run", { timeout: 60_000 }, () => {
  rmSync(join(checkout, BUILT), { force: true });
  writeFileSync(join(checkout, "scripts/build.mjs"), "process.exitCode = 1;\n");
  expect(version()).toMatch(/ptpchat [0-9.]+ \(/);
  expect(existsSync(join(checkout, BUILT))).toBe(false);
});
