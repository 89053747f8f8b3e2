/** `ptpchat id`: who this node is, and how a CA is made to say so. */
import { readFile } from "node:fs/promises";
import { ApiError, type Identity } from "../../../app/api.ts";
import { askSecret } from "../../shared/ask-secret.ts";
import { day } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { identityJson } from "../json-views.ts";
import { printQr } from "../print-qr.ts";
import { pairs } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { protectionWords } from "../words.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [csr, file, qr] = [call.given.flag("csr"), call.given.text("install"), call.given.flag("qr")];
  if ([csr, file !== undefined, qr].filter(Boolean).length > 1) throw new UsageError("--csr, --install and --qr exclude each other");
  if (csr) await printRequest(call);
  else if (file !== undefined) await install(call, file);
  else await show(call, qr);
  return EXIT.done;
}

async function show(call: Call, qr: boolean): Promise<void> {
  const identity = await call.withNode(({ api }) => api.id());
  if (call.json) call.printJson(identityJson(identity));
  else {
    call.print(words(identity));
    if (qr) printQr(call, identity.nodeId);
    else call.print(identity.certificate.trim());
  }
}

function words({ nodeId, name, guid, fingerprint, issued, notAfter, keyProtection }: Identity): string {
  return pairs([
    ["node", nodeId],
    ["name", name],
    ["guid", `${guid} (for old programs)`],
    ["keys", protectionWords(keyProtection)],
    ["certificate", `${ISSUED[issued]}, until ${day(notAfter)}`],
    ["fingerprint", fingerprint],
  ]);
}

const ISSUED: Readonly<Record<Identity["issued"], string>> = {
  self: "signed by the node itself",
  ca: "signed by a CA that is pinned here",
  foreign: "signed by a CA that is not pinned here (--ca FILE)",
};

async function printRequest(call: Call): Promise<void> {
  const keys = await call.world.doors.keys(call.home);
  const ask = () => askSecret("Passphrase: ", call.world.stdin, call.world.stderr);
  const request = await keys.request({ file: call.given.text("passphrase-file"), ask });
  if (call.json) call.printJson({ request });
  else call.print(request.trim());
}

async function install(call: Call, file: string): Promise<void> {
  const certificate = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const code = error.code ?? String(error);
    throw new ApiError(
      "certificate-refused",
      `the certificate cannot be read from ${file}: check its name, owner and mode (${code})`,
      code,
    );
  });
  const keys = await call.world.doors.keys(call.home);
  const { nick, notBefore, notAfter } = await keys.install(certificate);
  if (call.json) call.printJson({ installed: true, name: nick, not_before: notBefore, not_after: notAfter });
  else
    call.print(
      pairs([
        [
          "installed",
          `a certificate ${nick === "" ? "without a name" : `for ${nick}`}, valid from ${day(notBefore)} until ${day(notAfter)}; in force from the next start on`,
        ],
      ]),
    );
}
