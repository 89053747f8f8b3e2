/** `ptpchat requests`, `accept`: nodes that are no contacts and want to talk. */
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { localTime } from "../moment.ts";
import { table } from "../table.ts";

export async function list(call: Call): Promise<ExitCode> {
  const all = await call.withNode(({ api }) => api.requests());
  if (call.json) for (const { nodeId, name, at } of all) call.printJson({ node_id: nodeId, name, at });
  else if (all.length === 0) call.say("Nobody waits for an answer.");
  else
    call.print(
      table(
        ["NODE", "SINCE", "ID"],
        all.map(({ name, at, nodeId }) => [name, localTime(at), nodeId]),
      ),
    );
  return EXIT.done;
}

export async function accept(call: Call): Promise<ExitCode> {
  const { channelId, name } = await call.withNode(({ api }) => api.accept({ node: call.given.word(0) }));
  if (call.json) call.printJson({ channel_id: channelId, channel: name });
  else call.print(`you talk with ${safeText(name)} now: ptpchat tail ${safeText(name)}`);
  return EXIT.done;
}
