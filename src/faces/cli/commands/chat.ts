/** `ptpchat` in a terminal: the chat. */
import type { Call } from "../call.ts";
import type { ExitCode } from "../exit-code.ts";
import { startOptions } from "../start-options.ts";

export async function run(call: Call): Promise<ExitCode> {
  return (await call.world.chat(startOptions(call.given, false))) as ExitCode;
}
