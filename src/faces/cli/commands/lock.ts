/** `ptpchat lock`: ends the node, so that its keys are in no memory and only the passphrase opens them. */
import { refuseToLock } from "../../shared/lock-words.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  await call.withNode(async ({ api }) => {
    refuseToLock(await api.status());
    await api.stop();
  });
  if (call.json) call.printJson({ locked: true });
  else call.print("locked: the node has ended, and only the passphrase opens its keys and history again");
  return EXIT.done;
}
