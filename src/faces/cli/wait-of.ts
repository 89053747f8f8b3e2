/** How far something has to come before a command ends. */
import type { Call } from "./call.ts";

export const PLAIN_WAITS = ["saved", "delivered"] as const;
/** What is said can also be held: what is done to a post, or announced, nobody waits for there. */
export const WAITS = ["saved", "delivered", "held"] as const;

/** @throws UsageError */
export function waitOf<const Wait extends string>(call: Call, waits: readonly Wait[]): { wait?: Wait; timeoutMs?: number } {
  const wait = call.given.oneOf("wait", waits);
  const { timeoutMs } = call.given;
  return { ...(wait === undefined ? {} : { wait }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
