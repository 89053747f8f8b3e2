/**
 * Where a passphrase comes from: a file that the operator named, or a person at a terminal. Never from the command line
 * or the environment itself, which other programs can read.
 */
import { open } from "node:fs/promises";
import { ApiError } from "./api.ts";

/** Far more than anybody types; bounds what a wrongly named file costs. */
const BYTES_MAX = 1_024;
/** A shorter one is found by trying, whatever each try costs. */
const LENGTH_MIN = 8;

export interface PassphraseSource {
  /** True when the operator named a file: then a new key is put under it from the start. */
  readonly configured: boolean;
  /** @throws ApiError `passphrase-needed` when none is to be had */
  get(): Promise<string>;
}

/**
 * The file that was named, else PTPCHAT_PASSPHRASE_FILE, else whoever can be asked.
 * @param ask - absent where nobody can be
 */
export function passphraseSource(
  file: string | undefined,
  ask: (() => Promise<string>) | undefined,
  env: NodeJS.ProcessEnv = process.env,
): PassphraseSource {
  const named = file ?? (env.PTPCHAT_PASSPHRASE_FILE || undefined);
  if (named !== undefined) return { configured: true, get: () => readPassphrase(named) };
  return { configured: false, get: ask ?? (() => Promise.reject(nobodyToAsk())) };
}

/**
 * Reads a passphrase from the first line of a file, without its end.
 * @throws ApiError `passphrase-needed` when there is none in it, or it cannot be read
 */
export async function readPassphrase(file: string): Promise<string> {
  const text = await read(file);
  const end = text.search(/\r?\n/);
  const passphrase = end < 0 ? text : text.slice(0, end);
  if (passphrase === "") throw needed(`${file} is empty: its first line must be the passphrase`, null);
  if (end >= 0 && /[^\r\n]/.test(text.slice(end)))
    throw needed(`${file} has more than one line: only the passphrase may stand in it`, null);
  return passphrase;
}

/** @throws ApiError `usage` when a new passphrase protects too little */
export function checkNewPassphrase(passphrase: string): void {
  if ([...passphrase].length < LENGTH_MIN)
    throw new ApiError("usage", `a passphrase has at least ${LENGTH_MIN} characters: several words that do not belong together are good`);
  if (Buffer.byteLength(passphrase) > BYTES_MAX) throw new ApiError("usage", `a passphrase has at most ${BYTES_MAX} bytes`);
}

async function read(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw needed(`the passphrase cannot be read from ${path}: check its name, owner and mode (${code})`, code);
  });
  if (bytes.length > BYTES_MAX) throw needed(`${path} is longer than a passphrase: is it the right file?`, null);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw needed(`${path} is no text in UTF-8`, null);
  }
}

/** The beginning of a file, or of what comes out of a pipe: so much that one can see it is too long. */
async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(BYTES_MAX + 1);
  const file = await open(path, "r");
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = (await file.read(bytes, length, bytes.length - length, null)).bytesRead;
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function nobodyToAsk(): ApiError {
  return needed(
    "the keys are protected by a passphrase: start ptpchat in a terminal, or name a file that holds it (--passphrase-file FILE, or PTPCHAT_PASSPHRASE_FILE)",
    null,
  );
}

function needed(message: string, reason: string | null): ApiError {
  return new ApiError("passphrase-needed", message, reason);
}
