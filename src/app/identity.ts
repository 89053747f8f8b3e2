/**
 * Who this node is: the key file of a home, made on the first start and never written again. It holds the identity key,
 * the key of the store, and the certificate. PROTOCOL.md §3.
 *
 * Whoever may read the file as this user has the keys; `protection` says so, and leaves room for a passphrase.
 */
import { existsSync } from "node:fs";
import { chmod, open, readFile, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { base32, type Ed25519KeyPair } from "../crypto/index.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { ApiError } from "./api.ts";
import { certifies, makeCertificate } from "./certificate.ts";
import { homeFault, makeDirectory, syncDirectory, systemCode } from "./home.ts";

/** The files of a home that belong together: the store can be read only with this key file. */
export const KEY_FILE = "key.json";
export const STORE_FILE = "store.db";

const VERSION = 1;
const PROTECTION = "os-user";
const SEED_BYTES = 32;
const STORE_KEY_BYTES = 32;

/** What a home knows about its node. */
export interface HomeIdentity {
  /** The public key in Crockford base32. */
  readonly nodeId: string;
  readonly keyPair: Ed25519KeyPair;
  /** 32 bytes that encrypt the store. */
  readonly storeKey: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** The key file's content; bytes in base64. */
interface KeyFile {
  readonly version: number;
  readonly protection: string;
  readonly identity_seed: string;
  readonly store_key: string;
  readonly certificate: string;
}

/**
 * Reads the identity of a home, or makes home and identity where there is none.
 * @param home - the directory; made with mode 0700
 * @param nick - the name in the certificate of a new identity
 * @throws ApiError `home-unreadable`; `key-damaged` when the key file does not read (`reason` is null), comes from a later
 *   ptpchat (`too-new`), is protected in another way (`protection`) or is missing beside a store (`missing`); `store-failed`
 *   with reason `disk-full`. An existing key file is never written.
 */
export async function loadOrMakeIdentity(home: string, nick: string): Promise<HomeIdentity> {
  const path = join(resolve(home), KEY_FILE);
  try {
    const text = await readIfThere(path);
    return text === null ? await makeIdentity(path, nick) : identityOf(path, text);
  } catch (error) {
    throw error instanceof ApiError ? error : homeFault(home, error);
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600); // others could read it: a copy or an unpacked backup
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

function identityOf(path: string, text: string): HomeIdentity {
  const file = parseKeyFile(path, text);
  const seed = Buffer.from(file.identity_seed, "base64");
  const storeKey = new Uint8Array(Buffer.from(file.store_key, "base64"));
  const certificate = new Uint8Array(Buffer.from(file.certificate, "base64"));
  if (seed.length !== SEED_BYTES || storeKey.length !== STORE_KEY_BYTES) throw damaged(path, "a key has a wrong length");
  const keyPair = sodiumCrypto.ed25519KeyPair(seed);
  // The certificate also guards the seed: a seed that was changed makes another key than it names.
  if (!certifies(certificate, keyPair.publicKey)) throw damaged(path, "key and certificate do not belong together");
  return { nodeId: base32(keyPair.publicKey), keyPair, storeKey, certificate };
}

function parseKeyFile(path: string, text: string): KeyFile {
  const file = parseObject(text);
  if (file === null) throw damaged(path, "it is not a JSON object");
  if (typeof file.version === "number" && file.version > VERSION)
    throw keyError(`${path} was written by a later ptpchat: update ptpchat.`, "too-new");
  if (file.version !== VERSION) throw damaged(path, "it has no version");
  if (file.protection !== PROTECTION)
    throw keyError(`${path} is protected in a way that this ptpchat does not know: update ptpchat.`, "protection");
  const { identity_seed, store_key, certificate } = file;
  if (typeof identity_seed !== "string" || typeof store_key !== "string" || typeof certificate !== "string")
    throw damaged(path, "a field is missing");
  return { version: VERSION, protection: PROTECTION, identity_seed, store_key, certificate };
}

function parseObject(text: string): Partial<Record<keyof KeyFile, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}

async function makeIdentity(path: string, nick: string): Promise<HomeIdentity> {
  const home = dirname(path);
  // A store without its key file would stay closed for ever behind a new key, and look like an empty history.
  if (existsSync(join(home, STORE_FILE))) throw keyMissing(path);
  const seed = randomBytes(SEED_BYTES);
  const keyPair = sodiumCrypto.ed25519KeyPair(seed);
  const storeKey = randomBytes(STORE_KEY_BYTES);
  const certificate = makeCertificate(keyPair, nick);
  const file: KeyFile = {
    version: VERSION,
    protection: PROTECTION,
    identity_seed: base64(seed),
    store_key: base64(storeKey),
    certificate: base64(certificate),
  };
  await makeDirectory(home);
  await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`);
  return { nodeId: base32(keyPair.publicKey), keyPair, storeKey, certificate };
}

/** Writes a file so that after a crash it is there whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const half = `${path}.new`;
  const file = await open(half, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(half, path);
  await syncDirectory(dirname(path));
}

function damaged(path: string, what: string): ApiError {
  return keyError(
    `${path} is damaged (${what}): put back a copy of it. To begin as somebody new instead, move the whole home away. Nothing was changed.`,
    null,
  );
}

function keyMissing(path: string): ApiError {
  const store = join(dirname(path), STORE_FILE);
  return keyError(
    `${store} is there, but its key file ${path} is not: put back a copy of it. To begin as somebody new instead, move ${store} away. Nothing was changed.`,
    "missing",
  );
}

function keyError(message: string, reason: string | null): ApiError {
  return new ApiError("key-damaged", message, reason);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
