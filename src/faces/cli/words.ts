/** What several commands put into the same words. */
import type { KeyProtection, Status } from "../../app/api.ts";

const PROTECTION: Readonly<Record<KeyProtection, string>> = {
  passphrase: "under a passphrase",
  "os-user": "NOT under a passphrase: whoever can read your files has them (ptpchat passphrase sets one)",
  memory: "in memory only, gone when the node ends",
};

export function protectionWords(protection: KeyProtection): string {
  return PROTECTION[protection];
}

/** Where a node is reached over TCP, and through what it goes: `tcp [::]:7667, by socks5://127.0.0.1:1080`. */
export function tcpWords({ on, local, fault, proxy }: Status["tcp"]): string {
  if (!on) return "no tcp (--tcp off)";
  const at = local === null ? `not reached over tcp (${fault ?? "unknown"})` : `tcp ${local}`;
  return proxy === null ? at : `${at}, goes out over ${proxy}`;
}
