/**
 * Makes the program that `./ptpchat` runs: the sources in three files of JavaScript (the node, its thread that writes, and the one that makes
 * previews), in node_modules/.ptpchat. One file loads in half the time of some hundred, and Node's reader of TypeScript stays out of memory. ADR 0016.
 *
 * Each file is written beside its place and renamed: who starts meanwhile reads the old one or the new one. They carry the time at which
 * they were begun, so that a source which changes meanwhile counts as newer.
 */
import { mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "node_modules", ".ptpchat");
/** The program comes last: by its time the launcher sees whether all are of today. */
const PARTS = [
  ["writer.js", "src/store/writer.ts"],
  ["preview-worker.js", "src/app/files/preview-worker.ts"],
  ["ptpchat.js", "src/bin/ptpchat.ts"],
];
/** What is installed stays where it is: some of it is native, and some loads only when it is needed. */
const isInstalled = (id) => !/^[./\\]|^[A-Za-z]:/.test(id);

async function build() {
  const began = new Date();
  const making = join(target, `making-${process.pid}`);
  mkdirSync(making, { recursive: true });
  try {
    for (const [name, input] of PARTS) {
      const bundle = await rolldown({ input: join(root, input), cwd: root, platform: "node", tsconfig: false, external: isInstalled });
      await bundle.write({ dir: making, format: "esm", entryFileNames: name, codeSplitting: false });
      utimesSync(join(making, name), began, began);
      renameSync(join(making, name), join(target, name));
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

build().catch((error) => {
  process.stderr.write(`ptpchat: the program could not be put together, so it runs from its sources (${error.message})\n`);
  process.exitCode = 1;
});
