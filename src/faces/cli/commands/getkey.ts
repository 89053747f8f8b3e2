/** `ptpchat getkey`: asks a peer for the key of a channel, and shows the keys known. */
import { channelWord } from "../../shared/channel-word.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { keyJson } from "../json-views.ts";
import { localTime } from "../moment.ts";
import { table } from "../table.ts";

export async function run(call: Call): Promise<ExitCode> {
  const timeoutMs = call.given.timeoutMs;
  const [channel, peer] = [channelWord(call.given.word(0)), call.given.word(1)];
  const request = { channel, peer, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const { acked, keys } = await call.withNode(({ api }) => api.getkey(request));
  if (call.json) for (const key of keys) call.printJson({ acked, ...keyJson(key) });
  else if (keys.length > 0) {
    const rows = keys.map(({ from, cipher, key, at }) => [from, localTime(at), cipher, key]);
    call.print(table(["FROM", "RECEIVED", "CIPHER", "KEY"], rows));
  }
  if (!acked) call.say(`ptpchat: ${peer} did not acknowledge. Is it running, and is the address right?`);
  else if (keys.length === 0) call.say(`${peer} has the question; no key has come yet. Ask again to see it.`);
  return acked ? EXIT.done : EXIT.failed;
}
