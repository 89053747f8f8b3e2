/** The CAs that an operator pins with `--ca`. PROTOCOL.md §3.8. */
import { type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { ApiError } from "./api.ts";

const FILE_BYTES_MAX = 1_048_576;
/** Every certificate of a stranger is held against each of them. */
const AUTHORITIES_MAX = 16;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the CA certificates of a PEM file; other things in it are passed over.
 * @throws ApiError `ca-refused`: the file cannot be read (reason: the system's code), has no certificate (`no-certificate`) or
 *   too many (`too-many`); one of them does not read (`damaged`), is none of a CA (`no-ca`) or has a key of another kind than
 *   Ed25519 and P-256 (`key-kind`); or none is valid today (`expired`)
 */
export async function readAuthorities(file: string): Promise<X509Certificate[]> {
  const blocks = (await read(file)).match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw refused(`there is no certificate in ${file}: it must hold that of the CA, in PEM`, "no-certificate");
  if (blocks.length > AUTHORITIES_MAX)
    throw refused(`${file} holds more than ${AUTHORITIES_MAX} certificates: pin only your own CAs`, "too-many");
  const authorities = blocks.map((block) => parse(file, block));
  const now = Date.now();
  if (!authorities.some(({ validFrom, validTo }) => Date.parse(validFrom) <= now && now <= Date.parse(validTo)))
    throw refused(`no CA of ${file} is valid today: nobody could get in; renew it, or set this machine's clock`, "expired");
  return authorities;
}

async function read(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX) throw refused(`${file} is too large for a file of CA certificates`, "too-many");
    return await readFile(file, "latin1");
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw refused(`the CA cannot be read from ${file}: check its name, owner and mode (${code})`, code);
  }
}

function parse(file: string, block: string): X509Certificate {
  const authority = certificateOf(block);
  if (authority === null) throw refused(`a certificate in ${file} is damaged: put back a copy of it`, "damaged");
  const who = authority.subject.replaceAll("\n", ", ");
  if (!authority.ca) throw refused(`${who} in ${file} is not the certificate of a CA (it lacks CA:TRUE)`, "no-ca");
  if (!hasRightKind(authority.publicKey)) throw refused(`the key of ${who} in ${file} is neither Ed25519 nor P-256`, "key-kind");
  return authority;
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.publicKey.type === "public" ? certificate : null; // reads the key too, which throws when it is damaged
  } catch {
    return null;
  }
}

function hasRightKind({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === "ed25519" || (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1");
}

function refused(message: string, reason: string): ApiError {
  return new ApiError("ca-refused", message, reason);
}
