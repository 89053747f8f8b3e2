/** `ptpchat restore`: makes a home of a backup. */
import { askSecret } from "../../shared/ask-secret.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function run(call: Call): Promise<ExitCode> {
  const ask = (question: string) => () => askSecret(question, call.world.stdin, call.world.stderr);
  const door = await call.world.doors.backups(call.home);
  const { nodeId, at, home, channels, contacts } = await door.restore({
    from: call.given.word(0),
    passphrase: { file: call.given.text("backup-passphrase-file"), ask: ask("Passphrase of the backup: ") },
    keys: { file: call.given.text("passphrase-file"), ask: ask("Passphrase of the keys within: ") },
  });
  if (call.json) call.printJson({ home, node_id: nodeId, made_at: at, channels, contacts });
  else {
    call.print(`${safeText(home)} is ${nodeId} again, as it was on ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC:`);
    call.print(`${counted(channels, "channel")}, ${counted(contacts, "contact")}. Members bring what came later once the node runs.`);
    call.print("Run only one of the two: where both run, others see now one and now the other.");
  }
  return EXIT.done;
}
