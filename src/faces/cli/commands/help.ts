/** `ptpchat help`. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { helpOf, overview } from "../help.ts";
import { findCommand } from "../main.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [name] = call.given.words;
  call.print(name === undefined ? overview() : helpOf(findCommand(name)));
  return EXIT.done;
}
