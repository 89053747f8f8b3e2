/** `ptpchat id`: who this node is. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { identityJson } from "../json-views.ts";
import { pairs } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const identity = await call.withNode(({ api }) => api.id());
  if (call.json) call.printJson(identityJson(identity));
  else {
    const { nodeId, name, guid, fingerprint, certificate } = identity;
    call.print(
      pairs([
        ["node", nodeId],
        ["name", name],
        ["guid", `${guid} (for old programs)`],
        ["fingerprint", fingerprint],
      ]),
    );
    call.print(certificate.trim());
  }
  return EXIT.done;
}
