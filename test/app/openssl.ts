/** The openssl program as a certificate authority: an oracle that shares no code with ours. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** @throws Error with what openssl said when it failed */
export function openssl(args: readonly string[], input: string | Uint8Array = ""): Buffer {
  const { status, stdout, stderr } = spawnSync("openssl", args, { input });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  return stdout;
}

export type KeyKind = "ed25519" | "p256" | "rsa";
const KEY_OPTIONS: Readonly<Record<KeyKind, readonly string[]>> = {
  ed25519: ["-algorithm", "ED25519"],
  p256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
};

export interface Authority {
  /** The CA certificate, PEM. */
  readonly pem: string;
  readonly file: string;
  /** Signs a request (PEM); negative days make a certificate that is over. @returns PEM */
  sign(request: string, options?: { days?: number }): string;
}

/** A directory that goes with the test. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function makeKey(kind: KeyKind): string {
  return openssl(["genpkey", ...KEY_OPTIONS[kind]]).toString();
}

/** A CA of its own key. */
export function makeAuthority(kind: KeyKind = "ed25519", { name = "Example CA", organisation = "", days = 10, ca = true } = {}): Authority {
  const dir = scratch();
  const [keyFile, file] = [join(dir, "ca.key"), join(dir, "ca.pem")];
  writeFileSync(keyFile, makeKey(kind));
  const request = openssl(["req", "-new", "-key", keyFile, "-subj", `${subjectParts(organisation)}/CN=${name}`]);
  const extensions = join(dir, "ca.ext");
  writeFileSync(extensions, `basicConstraints=critical,CA:${ca ? "TRUE" : "FALSE"}\nkeyUsage=critical,keyCertSign\n`);
  openssl(["x509", "-req", "-key", keyFile, "-days", String(days), "-extfile", extensions, "-out", file], request);
  return {
    pem: openssl(["x509", "-in", file]).toString(),
    file,
    sign: (request, { days = 5 } = {}) =>
      openssl(["x509", "-req", "-CA", file, "-CAkey", keyFile, "-days", String(days)], request).toString(),
  };
}

/** A name longer than X.509 lets one field be, in several. */
function subjectParts(text: string): string {
  return (text.match(/.{1,60}/g) ?? []).map((part) => `/O=${part}`).join("");
}

/** A signing request for a key (PEM), PEM. */
export function makeRequest(key: string, subject = "/CN=ada"): string {
  const file = join(scratch(), "key.pem");
  writeFileSync(file, key);
  return openssl(["req", "-new", "-key", file, "-subj", subject]).toString();
}

/** A certificate that its own key signed, PEM. */
export function makeSelfSigned(key: string, subject = "/CN=ada", days = 5): string {
  const file = join(scratch(), "key.pem");
  writeFileSync(file, key);
  return openssl(["req", "-x509", "-new", "-key", file, "-subj", subject, "-days", String(days)]).toString();
}

export function derOf(pem: string): Uint8Array {
  return new Uint8Array(openssl(["x509", "-outform", "der"], pem));
}

/** The 32 bytes of an Ed25519 key (PEM). */
export function publicKeyOf(key: string): Uint8Array {
  return new Uint8Array(openssl(["pkey", "-pubout", "-outform", "der"], key).subarray(-32));
}
