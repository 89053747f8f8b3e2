/** The text that a command takes: words of the command line, or stdin. */
import type { Call } from "./call.ts";
import { readStdin } from "./stdin.ts";
import { UsageError } from "./usage-error.ts";

/**
 * The words from place `at` on joined by spaces, else all of stdin without its last line end.
 * @throws UsageError when there is no text
 */
export async function textOf(call: Call, at: number): Promise<string> {
  const words = call.given.words.slice(at);
  const piped = words.length === 0 || (words.length === 1 && words[0] === "-");
  const text = piped ? (await readStdin(call)).replace(/\r?\n$/, "") : words.join(" ");
  if (text === "") throw new UsageError("there is no text to send", "Give it after the first word, or on stdin.");
  return text;
}
