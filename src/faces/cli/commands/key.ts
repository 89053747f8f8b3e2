/** `ptpchat key`: gives a peer a key of a channel. */
import { channelWord } from "../../shared/channel-word.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readStdin } from "../stdin.ts";
import { UsageError } from "../usage-error.ts";

export async function run(call: Call): Promise<ExitCode> {
  const timeoutMs = call.given.timeoutMs;
  const [channel, peer, cipher] = [channelWord(call.given.word(0)), call.given.word(1), call.given.word(2)];
  const key = call.given.word(3) === "-" ? (await readStdin(call)).trim() : call.given.word(3);
  if (key === "") throw new UsageError("there is no key to give", "Give it last, or `-` and the key on stdin.");
  const request = { channel, peer, cipher, key, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const { acked } = await call.withNode(({ api }) => api.key(request));
  if (call.json) call.printJson({ acked });
  else if (acked) call.print(`${peer} has it`);
  if (!acked) call.say(`ptpchat: ${peer} did not acknowledge. Is it running, and is the address right?`);
  return acked ? EXIT.done : EXIT.failed;
}
