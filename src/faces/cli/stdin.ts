/** All of stdin as text, for what is piped into a command. */
import type { Call } from "./call.ts";
import { UsageError } from "./usage-error.ts";

/** More than fits any message by far; keeps a mistaken pipe from filling the memory. */
const STDIN_BYTES_MAX = 1_048_576;

/** @throws UsageError when it is longer than 1 MiB or not UTF-8 */
export async function readStdin(call: Call): Promise<string> {
  if (call.world.stdin.isTTY) call.say("Type the text; Ctrl+D on an empty line ends it.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of call.world.stdin) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > STDIN_BYTES_MAX) throw new UsageError("the text on stdin is longer than 1 MiB");
    chunks.push(part);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError("the text on stdin is not UTF-8");
  }
}
