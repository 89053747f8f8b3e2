/** How far something has to come before a command ends. */
import type { Call } from "./call.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError */
export function waitOf(call: Call): { wait?: "saved" | "delivered"; timeoutMs?: number } {
  const wait = call.given.oneOf("wait", ["saved", "delivered", "held"]);
  if (wait === "held") throw new UsageError("--wait held: this version has no mailboxes yet", "Use --wait saved or --wait delivered.");
  const { timeoutMs } = call.given;
  return { ...(wait === undefined ? {} : { wait }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
