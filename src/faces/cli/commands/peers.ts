/** `ptpchat peers`: the peers that the node knows. */
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { peerJson } from "../json-views.ts";
import { span, table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const peers = await call.withNode(({ api }) => api.peers());
  if (call.json) for (const peer of peers) call.printJson(peerJson(peer));
  else if (peers.length === 0) call.say("No peers yet. ptpchat connect HOST:PORT reaches one.");
  else {
    const rows = peers.map(({ endpoint, live, path, via, heardMsAgo, configured, proven, nodeId }) => [
      endpoint,
      live ? "live" : "silent",
      via === null ? path : `${path} over ${via}`,
      heardMsAgo === null ? "never" : `${span(heardMsAgo)} ago`,
      notes({ configured, proven, nodeId }),
    ]);
    call.print(table(["PEER", "STATE", "PATH", "HEARD", "NOTES"], rows));
  }
  return EXIT.done;
}

function notes({ configured, proven, nodeId }: { configured: boolean; proven: boolean; nodeId: string | null }): string {
  return [configured ? "configured" : "", proven ? "proven" : "", nodeId === null ? "" : `calls itself ${nodeId}`]
    .filter((note) => note !== "")
    .join(", ");
}
