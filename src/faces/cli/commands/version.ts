/** `ptpchat version`. */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

/** The package's own description, from the source as well as from what is built of it. */
const PACKAGE = new URL("../../../../package.json", import.meta.url);

export async function run(call: Call): Promise<ExitCode> {
  const { version } = JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string };
  if (call.json) call.printJson({ version, node: process.versions.node });
  else call.print(`ptpchat ${version} (Node.js ${process.versions.node})`);
  return EXIT.done;
}
