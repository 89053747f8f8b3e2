/** `ptpchat backup`: a home as one file, under a passphrase of its own. */
import { askSecret } from "../../shared/ask-secret.ts";
import { safeText } from "../../shared/safe-text.ts";
import { askTwice } from "../ask-twice.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { Progress } from "../progress.ts";

export async function run(call: Call): Promise<ExitCode> {
  const to = call.given.word(0);
  const door = await call.world.doors.backups(call.home);
  const progress = new Progress(call);
  const ask = (question: string) => askSecret(question, call.world.stdin, call.world.stderr);
  const report = await door
    .make({
      to,
      over: call.given.flag("force"),
      keys: { file: call.given.text("passphrase-file"), ask: () => ask("Passphrase of the keys: ") },
      passphrase: {
        file: call.given.text("backup-passphrase-file"),
        ask: () => askTwice(call, "A passphrase for the backup: "),
      },
      onProgress: (bytes, ofBytes) => progress.at(`${megabytes(bytes)} of ${megabytes(ofBytes)} written`),
    })
    .finally(() => progress.end());
  if (call.json) call.printJson({ file: to, node_id: report.nodeId, store_bytes: report.storeBytes });
  else {
    call.print(`${safeText(to)} holds ${report.nodeId}, its contacts and its channels as they are now (${megabytes(report.storeBytes)})`);
    call.print("Nobody can open it without its passphrase: not you either. ptpchat restore makes a home of it");
  }
  return EXIT.done;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
