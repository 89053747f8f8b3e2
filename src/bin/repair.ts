/** The way to a home whose store is damaged. */
import { passphraseSource } from "../app/passphrase.ts";
import { type RepairReport, repairHome } from "../app/repair.ts";
import type { PassphraseWays } from "../faces/shared/door.ts";

export function repair(home: string | undefined, { file, ask }: PassphraseWays): Promise<RepairReport> {
  return repairHome(home, passphraseSource(file, ask));
}
