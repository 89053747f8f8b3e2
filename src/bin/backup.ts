/** The ways of a home into a file, and out of one. */
import { type BackupReport, backupHome } from "../app/backup/make.ts";
import { type RestoreReport, restoreHome } from "../app/backup/restore.ts";
import { passphraseSource } from "../app/passphrase.ts";
import type { BackupDoor } from "../faces/shared/door.ts";

/** Nobody means the passphrase of the keys when a backup asks for its own. */
const NO_ENV = {};

export function backups(home: string | undefined): BackupDoor {
  return {
    make: ({ to, over, keys, passphrase, onProgress }): Promise<BackupReport> =>
      backupHome({
        home,
        to,
        over,
        keys: passphraseSource(keys.file, keys.ask),
        passphrase: passphraseSource(passphrase.file, passphrase.ask, NO_ENV),
        onProgress,
      }),
    restore: ({ from, keys, passphrase }): Promise<RestoreReport> =>
      restoreHome({
        home,
        from,
        passphrase: passphraseSource(passphrase.file, passphrase.ask, NO_ENV),
        keys: passphraseSource(keys.file, keys.ask),
      }),
  };
}
