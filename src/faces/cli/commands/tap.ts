/** `ptpchat tap`: the node's own traffic, live. */
import type { EventOf } from "../../shared/door.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { trafficJson } from "../json-views.ts";
import { localTime } from "../moment.ts";

const LOCK = "\u{1f512}";

export async function run(call: Call): Promise<ExitCode> {
  return call.withNode(async (door) => {
    door.subscribe((event) => {
      if (event.type !== "traffic") return;
      const at = Date.now();
      if (call.json) call.printJson(trafficJson(event, at));
      else call.print(words(event, at));
    });
    await door.api.tap({ on: true });
    call.say("Watching. Ctrl+C ends it.");
    await door.ended;
    call.say("ptpchat: the node has ended.");
    return EXIT.failed;
  });
}

/** What travelled inside a session has a lock and the name of the node before it: on the wire it was not readable. */
function words({ direction, endpoint, socket, sessionName, text, dropped }: EventOf<"traffic">, at: number): string {
  const arrow = direction === "in" ? "<-" : "->";
  const over = socket === 0 ? "" : ` (socket ${socket})`;
  const inside = sessionName === undefined ? "" : ` ${LOCK} ${safeText(sessionName)}`;
  const why = dropped === undefined ? "" : ` [dropped: ${dropped}]`;
  return `${localTime(at)} ${arrow} ${safeText(endpoint)}${over}${inside}${why} ${safeText(text)}`;
}
