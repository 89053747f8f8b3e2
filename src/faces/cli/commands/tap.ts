/** `ptpchat tap`: the node's own traffic, live. */
import type { EventOf } from "../../shared/door.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { trafficJson } from "../json-views.ts";
import { localTime } from "../moment.ts";

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

function words({ direction, endpoint, socket, text, dropped }: EventOf<"traffic">, at: number): string {
  const arrow = direction === "in" ? "<-" : "->";
  const over = socket === 0 ? "" : ` (socket ${socket})`;
  const why = dropped === undefined ? "" : ` [dropped: ${dropped}]`;
  return `${localTime(at)} ${arrow} ${safeText(endpoint)}${over}${why} ${safeText(text)}`;
}
