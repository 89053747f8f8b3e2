/**
 * Who this node is: the keys of a home, made on the first start. Their file is written again only to change the passphrase,
 * to put another certificate into it, or to renew the one that the node made for itself. PROTOCOL.md §3.4, §3.8.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CERTIFICATE_BYTES_MAX, type CertificateFacts } from "../core/index.ts";
import { base32, type Ed25519KeyPair } from "../crypto/index.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { ApiError } from "./api.ts";
import { makeCertificate } from "./certificate.ts";
import { factsOf } from "./certificate-reader.ts";
import { homeFault, makeDirectory } from "./home.ts";
import { damaged, type KeyFile, keyError, keyFileText, type Protection, readKeyFile, type Secrets, seal, unseal } from "./key-file.ts";
import { checkNewPassphrase, type PassphraseSource, passphraseSource } from "./passphrase.ts";
import { writeWhole } from "./whole-file.ts";

/** The files of a home that belong together: the store can be read only with this key file. */
export const KEY_FILE = "key.json";
export const STORE_FILE = "store.db";

const SEED_BYTES = 32;
const STORE_KEY_BYTES = 32;
/** A certificate of our own making is renewed when it has less than this left: time for a node that runs without a stop. */
const RENEW_MS = 365 * 86_400_000;

/** Who a node is, and the keys that make it so. */
export interface NodeIdentity {
  /** The public key in Crockford base32. */
  readonly nodeId: string;
  readonly keyPair: Ed25519KeyPair;
  /** 32 bytes that encrypt the store. */
  readonly storeKey: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  /** What it says, as far as can be seen without a CA. */
  readonly facts: CertificateFacts;
  readonly protection: Protection;
}

/**
 * Reads the identity of a home, or makes home and identity where there is none.
 * @param home - the directory; made with mode 0700
 * @param nick - the name in the certificate of a new identity
 * @param passphrase - asked for one only where the keys are protected, or are made and a file is named
 * @throws ApiError `home-unreadable`; `key-damaged` when the key file does not read (`reason` is null), comes from a later
 *   ptpchat (`too-new`), is protected in another way (`protection`) or is missing beside a store (`missing`);
 *   `passphrase-needed`, `passphrase-wrong`; `store-failed` with reason `disk-full`. Then nothing was changed.
 */
export async function loadOrMakeIdentity(
  home: string,
  nick: string,
  passphrase = passphraseSource(undefined, undefined),
): Promise<NodeIdentity> {
  const path = keyPath(home);
  return inHome(home, async () => {
    const file = await readKeyFile(path);
    return file === null ? makeIdentity(path, nick, passphrase) : openIdentity(path, file, passphrase);
  });
}

export function keyPath(home: string): string {
  return join(resolve(home), KEY_FILE);
}

/** Puts what the system says while `work` is under way into words. */
export async function inHome<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ApiError ? error : homeFault(home, error);
  }
}

async function openIdentity(path: string, file: KeyFile, passphrase: PassphraseSource): Promise<NodeIdentity> {
  const secrets = await secretsOf(path, file, passphrase.get);
  const identity = identityOf(path, file, secrets);
  if (!needsRenewal(identity)) return identity;
  const certificate = certificateOf(secrets, identity.facts.nick);
  const renewed = { ...file, certificate };
  await writeWhole(path, keyFileText(renewed));
  return identityOf(path, renewed, secrets);
}

/**
 * The secrets of a key file.
 * @param ask - called only when they are under a passphrase
 * @throws ApiError `passphrase-wrong`, and what `ask` throws
 */
export async function secretsOf(path: string, file: KeyFile, ask: () => Promise<string>): Promise<Secrets> {
  if (file.protection === "os-user") return file;
  const secrets = await unseal(file, await ask());
  if (secrets !== null) return secrets;
  throw new ApiError("passphrase-wrong", `the passphrase is not that of ${path}: try again; nothing was changed`);
}

/**
 * @throws ApiError `key-damaged` when key and certificate do not belong together: the certificate guards the seed, since one
 *   that was changed makes another key
 */
export function identityOf(path: string, { certificate, protection }: KeyFile, { seed, storeKey }: Secrets): NodeIdentity {
  const keyPair = sodiumCrypto.ed25519KeyPair(seed);
  const facts = factsOf(certificate, []);
  if (facts === null || !sodiumCrypto.equal(facts.publicKey, keyPair.publicKey))
    throw damaged(path, "key and certificate do not belong together");
  return { nodeId: base32(keyPair.publicKey), keyPair, storeKey, certificate, facts, protection };
}

/** True for a certificate of our own making that others refuse, or soon will; what a CA signed is not ours to renew. */
function needsRenewal({ certificate, facts: { issued, notAfter } }: NodeIdentity): boolean {
  return issued === "self" && (certificate.length > CERTIFICATE_BYTES_MAX || notAfter - Date.now() < RENEW_MS);
}

async function makeIdentity(path: string, nick: string, passphrase: PassphraseSource): Promise<NodeIdentity> {
  const home = dirname(path);
  // A store without its key file would stay closed for ever behind a new key, and look like an empty history.
  if (existsSync(join(home, STORE_FILE))) throw keyMissing(path);
  const secrets = newSecrets();
  const certificate = certificateOf(secrets, nick);
  const file = passphrase.configured ? await sealed(secrets, await passphrase.get(), certificate) : plain(secrets, certificate);
  await makeDirectory(home);
  await writeWhole(path, keyFileText(file));
  return identityOf(path, file, secrets);
}

/**
 * The identity under the nick that was asked for, in a certificate made for this run. What a CA has signed says the name
 * that the CA chose, and stays.
 */
export function shownAs(nick: string | undefined, identity: NodeIdentity): NodeIdentity {
  const { keyPair, facts } = identity;
  if (nick === undefined || nick === facts.nick || facts.issued !== "self") return identity;
  const certificate = makeCertificate(keyPair, nick);
  return { ...identity, certificate, facts: factsOf(certificate, []) ?? facts };
}

/** An identity that is kept nowhere, and gone with the process. */
export async function passingIdentity(nick: string): Promise<NodeIdentity> {
  const secrets = newSecrets();
  return identityOf("memory", plain(secrets, certificateOf(secrets, nick)), secrets);
}

function newSecrets(): Secrets {
  return { seed: randomBytes(SEED_BYTES), storeKey: randomBytes(STORE_KEY_BYTES) };
}

function certificateOf({ seed }: Secrets, nick: string): Uint8Array {
  return makeCertificate(sodiumCrypto.ed25519KeyPair(seed), nick);
}

/** @throws ApiError `usage` for a passphrase that protects too little */
export async function sealed(secrets: Secrets, passphrase: string, certificate: Uint8Array): Promise<KeyFile> {
  checkNewPassphrase(passphrase);
  return seal(secrets, passphrase, certificate);
}

export function plain({ seed, storeKey }: Secrets, certificate: Uint8Array): KeyFile {
  return { protection: "os-user", seed, storeKey, certificate };
}

function keyMissing(path: string): ApiError {
  const store = join(dirname(path), STORE_FILE);
  return keyError(
    `${store} is there, but its key file ${path} is not: put back a copy of it. To begin as somebody new instead, move ${store} away. Nothing was changed.`,
    "missing",
  );
}
