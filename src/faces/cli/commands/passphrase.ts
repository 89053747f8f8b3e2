/** `ptpchat passphrase`: puts the keys of a home under a passphrase, changes it, or takes it away. */
import { askSecret } from "../../shared/ask-secret.ts";
import { askTwice } from "../ask-twice.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const remove = call.given.flag("remove");
  const newFile = call.given.text("new-passphrase-file");
  if (remove && newFile !== undefined) throw new UsageError("--remove and --new-passphrase-file exclude each other");
  const keys = await call.world.doors.keys(call.home);
  const old = { file: call.given.text("passphrase-file"), ask: () => ask(call, "Passphrase: ") };
  const next = remove ? null : { file: newFile, ask: () => askTwice(call, "New passphrase: ") };
  const protection = await keys.changePassphrase(old, next);
  if (call.json) call.printJson({ key_protection: protection });
  else if (protection === "passphrase")
    call.print("the keys are under the new passphrase. Nobody can open them without it: not you either");
  else call.print("the keys are not under a passphrase any more: whoever can read your files has them");
  return EXIT.done;
}

function ask(call: Call, question: string): Promise<string> {
  return askSecret(question, call.world.stdin, call.world.stderr);
}
