/** What several commands put into the same words. */
import type { KeyProtection } from "../../app/api.ts";

const PROTECTION: Readonly<Record<KeyProtection, string>> = {
  passphrase: "under a passphrase",
  "os-user": "NOT under a passphrase: whoever can read your files has them (ptpchat passphrase sets one)",
  memory: "in memory only, gone when the node ends",
};

export function protectionWords(protection: KeyProtection): string {
  return PROTECTION[protection];
}
