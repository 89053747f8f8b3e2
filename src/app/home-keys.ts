/**
 * What a user does to the keys of a home without a node: the passphrase, the request for a certificate, the certificate
 * that came back. Whatever writes takes the home's lock first, so no node runs meanwhile, and no two of these at once.
 */
import { existsSync } from "node:fs";
import { ApiError } from "./api.ts";
import { makeRequest } from "./certificate.ts";
import { factsOf } from "./certificate-reader.ts";
import { type Home, homeOf, makeHome } from "./home.ts";
import { type HomeLock, lockHome } from "./home-lock.ts";
import { identityOf, inHome, keyPath, loadOrMakeIdentity, plain, sealed, secretsOf } from "./identity.ts";
import { damaged, type KeyFile, keyFileText, type Protection, readKeyFile } from "./key-file.ts";
import { installable } from "./own-certificate.ts";
import type { PassphraseSource } from "./passphrase.ts";
import { writeWhole } from "./whole-file.ts";

/** Who is asked when the passphrase of a home is changed. */
export interface PassphraseChange {
  /** The one that is in force; asked for only where there is one. */
  old(): Promise<string>;
  /** The new one; null to have none any more. Asked for when the old one was right. */
  next(): Promise<string | null>;
}

export interface Installed {
  readonly nick: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Sets, changes or takes away the passphrase.
 * @param home - as {@link homeOf}
 * @returns how the keys are protected now
 * @throws ApiError `no-keys`, `home-in-use`, `passphrase-wrong`, `usage` for a new one that is too short, and as `loadOrMakeIdentity`;
 *   then nothing was changed
 */
export async function changePassphrase(home: string | undefined, change: PassphraseChange): Promise<Protection> {
  return withKeyFile(home, async (path, file) => {
    const secrets = await secretsOf(path, file, change.old);
    identityOf(path, file, secrets); // a damaged file is not written anew as if it were whole
    const next = await change.next();
    const changed = next === null ? plain(secrets, file.certificate) : await sealed(secrets, next, file.certificate);
    await writeWhole(path, keyFileText(changed));
    return changed.protection;
  });
}

/**
 * Puts a certificate that a CA has signed into the key file, in force from the next start on. The keys stay closed: the
 * certificate that is there says which key it must be of.
 * @param certificate - PEM or DER
 * @throws ApiError `no-keys`, `home-in-use`, `key-damaged`, `certificate-refused`; then nothing was changed
 */
export async function installCertificate(home: string | undefined, certificate: Uint8Array): Promise<Installed> {
  return withKeyFile(home, async (path, file) => {
    const known = factsOf(file.certificate, []);
    if (known === null) throw damaged(path, "its certificate does not read");
    const fit = installable(certificate, known.publicKey);
    await writeWhole(path, keyFileText({ ...file, certificate: fit.certificate }));
    const { nick, notBefore, notAfter } = fit.facts;
    return { nick, notBefore, notAfter };
  });
}

/**
 * A request for a certificate of the node's key; makes the keys where there are none. A node may run meanwhile.
 * @returns PKCS #10 in PEM
 * @throws ApiError as `loadOrMakeIdentity`
 */
export async function certificateRequest(home: string | undefined, passphrase: PassphraseSource): Promise<string> {
  const place = homeOf(home);
  if (!existsSync(keyPath(place.dir))) await makeHome(place);
  const lock = existsSync(keyPath(place.dir)) ? null : lockHome(place); // only to make keys
  try {
    const { keyPair, facts } = await loadOrMakeIdentity(place.dir, "", passphrase);
    return await makeRequest(keyPair.secretKey.subarray(0, keyPair.publicKey.length), keyPair.publicKey, facts.nick);
  } finally {
    lock?.release();
  }
}

/** Does `work` with the key file of a home on which no node runs, and none starts before it is done. */
async function withKeyFile<T>(home: string | undefined, work: (path: string, file: KeyFile) => Promise<T>): Promise<T> {
  const place = homeOf(home);
  const path = keyPath(place.dir);
  if (!existsSync(path)) throw noKeys(place); // before the lock, which would leave a file in a directory that is no home
  const lock = lockStopped(place);
  try {
    return await inHome(place.dir, async () => {
      const file = await readKeyFile(path);
      if (file === null) throw noKeys(place);
      return work(path, file);
    });
  } finally {
    lock.release();
  }
}

function lockStopped(place: Home): HomeLock {
  try {
    return lockHome(place);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "home-in-use") throw error;
    throw new ApiError(
      "home-in-use",
      `a node runs on ${place.dir}: end it first (ptpchat stop), its keys are changed only while it does not run`,
    );
  }
}

function noKeys({ dir }: Home): ApiError {
  return new ApiError("no-keys", `there are no keys in ${dir}: "ptpchat start" makes them, or name another directory with --home`);
}
