/** `ptpchat completion`: the script that a shell loads. */
import type { Call } from "../call.ts";
import { SHELLS } from "../commands.ts";
import { completionScript } from "../completion.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { didYouMean } from "../given.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const word = call.given.word(0);
  const shell = SHELLS.find((known) => known === word);
  if (shell === undefined) throw new UsageError(`completion ${word}: one of ${SHELLS.join(", ")} is wanted`, didYouMean(word, SHELLS));
  call.print(completionScript(shell));
  return EXIT.done;
}
