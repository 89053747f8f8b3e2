/** Asks for a new passphrase, which nobody sees, and so for the same one again. */
import { askSecret } from "../shared/ask-secret.ts";
import type { Call } from "./call.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError when the two differ */
export async function askTwice(call: Call, question: string): Promise<string> {
  const { stdin, stderr } = call.world;
  const first = await askSecret(question, stdin, stderr);
  if ((await askSecret("The same again: ", stdin, stderr)) === first) return first;
  throw new UsageError("the two are not the same: nothing was changed", "Try again.");
}
