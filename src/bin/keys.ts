/** The way to the keys of a home on which no node runs. */
import { certificateRequest, changePassphrase, installCertificate } from "../app/home-keys.ts";
import { passphraseSource, readPassphrase } from "../app/passphrase.ts";
import type { KeyDoor } from "../faces/shared/door.ts";

export function keys(home: string | undefined): KeyDoor {
  return {
    request: ({ file, ask }) => certificateRequest(home, passphraseSource(file, ask)),
    install: (certificate) => installCertificate(home, certificate),
    changePassphrase: async (old, next) => {
      const newOne = async () => (next?.file === undefined ? ((await next?.ask()) ?? null) : readPassphrase(next.file));
      return changePassphrase(home, { old: passphraseSource(old.file, old.ask).get, next: newOne });
    },
  };
}
