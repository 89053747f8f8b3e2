/** `ptpchat mute`, `unmute`, `block`, `unblock`: whom this user does not want to hear. */
import type { Api, QuietView } from "../../../app/api.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { quietJson } from "../json-views.ts";
import { table } from "../table.ts";

export const mute = act("mute");
export const unmute = act("unmute");
export const block = act("block");
export const unblock = act("unblock");

function act(what: "mute" | "unmute" | "block" | "unblock"): (call: Call) => Promise<ExitCode> {
  return async (call) => {
    const [node] = call.given.words;
    if (node === undefined) await call.withNode(({ api }) => list(call, api));
    else told(call, await call.withNode(({ api }) => api[what]({ node })));
    return EXIT.done;
  };
}

async function list(call: Call, api: Api): Promise<void> {
  const all = await api.quiet();
  if (call.json) for (const each of all) call.printJson(quietJson(each));
  else if (all.length === 0) call.say("You have muted and blocked nobody.");
  else
    call.print(
      table(
        ["NODE", "IS", "ID"],
        all.map(({ name, quiet, nodeId }) => [name, quiet ?? "heard", nodeId]),
      ),
    );
}

function told(call: Call, given: QuietView): void {
  if (call.json) call.printJson(quietJson(given));
  else call.print(`${safeText(given.name)} is ${given.quiet ?? "heard"} from now on`);
}
