/** `ptpchat version`. */
import process from "node:process";
import { VERSION } from "../../../app/version.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  if (call.json) call.printJson({ version: VERSION, node: process.versions.node });
  else call.print(`ptpchat ${VERSION} (Node.js ${process.versions.node})`);
  return EXIT.done;
}
