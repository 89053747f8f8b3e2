/**
 * The key file: identity seed and store key, as they are or under a passphrase, and the certificate beside them in the
 * clear. JSON, bytes in base64. SECURITY.md "Keys at rest".
 *
 * Under a passphrase: argon2id makes a key of it, ChaCha20-Poly1305 seals the secrets with that. The checksum tells a
 * damaged file from a wrong passphrase, which look alike to the seal; files of the first version have none.
 */
import { createHash } from "node:crypto";
import { chmod, readFile, stat } from "node:fs/promises";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Argon2idCost, PASSWORD_COST, PASSWORD_SALT_BYTES, passwordKey } from "../crypto/sodium/password-hash.ts";
import { ApiError } from "./api.ts";

/** What must stay secret. */
export interface Secrets {
  /** 32 bytes that the Ed25519 key is made of. */
  readonly seed: Uint8Array;
  /** 32 bytes that encrypt the store. */
  readonly storeKey: Uint8Array;
}

export interface PlainKeyFile extends Secrets {
  /** Whoever may read the file as this user has the keys. */
  readonly protection: "os-user";
  /** DER. */
  readonly certificate: Uint8Array;
}

export interface SealedKeyFile {
  readonly protection: "passphrase";
  readonly cost: Argon2idCost;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
}

export type KeyFile = PlainKeyFile | SealedKeyFile;
export type Protection = KeyFile["protection"];

const VERSION = 1;
const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a later version may ask of a machine and this one still grants: 1 GiB, some minutes. */
const MEMORY_KIB_MAX = 1_048_576;
const PASSES_MAX = 64;
/** Bound to the seal, so that its content cannot pass for that of another file. */
const PURPOSE = new TextEncoder().encode("ptpchat/1 key file");

/**
 * Reads a key file; null when there is none. One that others could read is taken back from them.
 * @throws ApiError `key-damaged`, with reason `too-new` or `protection` when a later ptpchat wrote it; what the system says
 */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600); // a copy, or an unpacked backup
    return parse(path, await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** A key file as text. */
export function keyFileText(file: KeyFile): string {
  return `${JSON.stringify(fieldsOf(file), null, 2)}\n`;
}

/** Puts secrets under a passphrase, with a salt of their own. @param cost - what a guess shall cost */
export async function seal(
  { seed, storeKey }: Secrets,
  passphrase: string,
  certificate: Uint8Array,
  cost = PASSWORD_COST,
): Promise<SealedKeyFile> {
  const salt = randomBytes(PASSWORD_SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const key = await passwordKey(bytesOf(passphrase), salt, cost);
  const sealed = sodiumCrypto.aeadSeal(key, nonce, PURPOSE, Uint8Array.from([...seed, ...storeKey]));
  return { protection: "passphrase", cost, salt, nonce, sealed, certificate };
}

/** Undoes `seal`; null when the passphrase is another. */
export async function unseal({ cost, salt, nonce, sealed }: SealedKeyFile, passphrase: string): Promise<Secrets | null> {
  const key = await passwordKey(bytesOf(passphrase), salt, cost);
  const secrets = sodiumCrypto.aeadOpen(key, nonce, PURPOSE, sealed);
  return secrets && { seed: secrets.slice(0, SECRET_BYTES), storeKey: secrets.slice(SECRET_BYTES) };
}

/** Says that a key file does not read, and what to do. */
export function damaged(path: string, what: string): ApiError {
  return keyError(
    `${path} is damaged (${what}): put back a copy of it. To begin as somebody new instead, move the whole home away. Nothing was changed.`,
    null,
  );
}

export function keyError(message: string, reason: string | null): ApiError {
  return new ApiError("key-damaged", message, reason);
}

type Fields = Partial<Record<string, unknown>>;

function fieldsOf(file: KeyFile): Fields {
  const secrets = file.protection === "os-user" ? openFields(file) : sealedFields(file);
  const fields = { version: VERSION, protection: file.protection, ...secrets, certificate: base64(file.certificate) };
  return { ...fields, checksum: checksum(fields) };
}

function openFields({ seed, storeKey }: Secrets): Fields {
  return { identity_seed: base64(seed), store_key: base64(storeKey) };
}

function sealedFields({ cost, salt, nonce, sealed }: SealedKeyFile): Fields {
  return { memory_kib: cost.memoryKib, passes: cost.passes, salt: base64(salt), nonce: base64(nonce), sealed: base64(sealed) };
}

function parse(path: string, text: string): KeyFile {
  const fields = parseObject(text);
  if (fields === null) throw damaged(path, "it is not a JSON object");
  if (typeof fields.version === "number" && fields.version > VERSION)
    throw keyError(`${path} was written by a later ptpchat: update ptpchat.`, "too-new");
  if (fields.version !== VERSION) throw damaged(path, "it has no version");
  if (fields.checksum !== undefined && fields.checksum !== checksum(fields)) throw damaged(path, "its checksum is another");
  if (fields.protection === "os-user") return parsePlain(path, fields);
  if (fields.protection === "passphrase") return parseSealed(path, fields);
  throw keyError(`${path} is protected in a way that this ptpchat does not know: update ptpchat.`, "protection");
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function parsePlain(path: string, { identity_seed, store_key, certificate }: Fields): PlainKeyFile {
  if (typeof identity_seed !== "string" || typeof store_key !== "string" || typeof certificate !== "string")
    throw damaged(path, "a field is missing");
  const [seed, storeKey] = [fromBase64(identity_seed), fromBase64(store_key)];
  if (seed.length !== SECRET_BYTES || storeKey.length !== SECRET_BYTES) throw damaged(path, "a key has a wrong length");
  return { protection: "os-user", seed, storeKey, certificate: fromBase64(certificate) };
}

function parseSealed(path: string, fields: Fields): SealedKeyFile {
  const { memory_kib: memoryKib, passes, salt, nonce, sealed, certificate } = fields;
  if (typeof memoryKib !== "number" || typeof passes !== "number") throw damaged(path, "a field is missing");
  if (typeof salt !== "string" || typeof nonce !== "string" || typeof sealed !== "string" || typeof certificate !== "string")
    throw damaged(path, "a field is missing");
  if (fields.checksum === undefined) throw damaged(path, "it has no checksum");
  if (memoryKib > MEMORY_KIB_MAX || passes > PASSES_MAX)
    throw keyError(`${path} asks for more memory or time than this ptpchat gives: update ptpchat.`, "protection");
  const file: SealedKeyFile = {
    protection: "passphrase",
    cost: { memoryKib, passes },
    salt: fromBase64(salt),
    nonce: fromBase64(nonce),
    sealed: fromBase64(sealed),
    certificate: fromBase64(certificate),
  };
  if (!hasRightLengths(file)) throw damaged(path, "a key has a wrong length");
  return file;
}

function hasRightLengths({ salt, nonce, sealed }: SealedKeyFile): boolean {
  return salt.length === PASSWORD_SALT_BYTES && nonce.length === NONCE_BYTES && sealed.length === 2 * SECRET_BYTES + TAG_BYTES;
}

/** SHA-256 of all other fields by name, a line each. It guards against accidents; against forgers the seal does. */
function checksum(fields: Fields): string {
  const names = Object.keys(fields)
    .filter((name) => name !== "checksum")
    .sort();
  const lines = names.map((name) => `${name}=${String(fields[name])}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** The same letters are the same passphrase, however a keyboard composes them. */
function bytesOf(passphrase: string): Uint8Array {
  return new TextEncoder().encode(passphrase.normalize("NFC"));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
