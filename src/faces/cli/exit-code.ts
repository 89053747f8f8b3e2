/** How a command ends. Stable; listed in cli.md. */
import type { ApiErrorCode } from "../../app/api.ts";

export const EXIT = { done: 0, failed: 1, usage: 2, timeout: 3, noDaemon: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_ERROR: Partial<Record<ApiErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  "bad-address": EXIT.usage,
  "not-yet": EXIT.usage,
  timeout: EXIT.timeout,
  "no-daemon": EXIT.noDaemon,
};

export function exitCodeOf(error: ApiErrorCode): ExitCode {
  return OF_ERROR[error] ?? EXIT.failed;
}
