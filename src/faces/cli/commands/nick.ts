/** `ptpchat nick`: what this node calls itself. */
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { nickJson } from "../json-views.ts";

export async function run(call: Call): Promise<ExitCode> {
  const [name] = call.given.words;
  const nick = await call.withNode(({ api }) => api.nick(name === undefined ? {} : { name }));
  if (call.json) call.printJson(nickJson(nick));
  else call.print(nick.name === "" ? `none: others see ${nick.shownAs}` : `${safeText(nick.name)}: others see ${safeText(nick.shownAs)}`);
  return EXIT.done;
}
