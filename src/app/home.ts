/**
 * Where a node keeps its things. With a home (`--home`, PTPCHAT_HOME) all in that directory; without one where the XDG
 * Base Directory Specification says: keys and history in data, the log in state, the socket in runtime.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { homedir, tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ApiError } from "./api.ts";

export interface Home {
  /** Keys, history and lock: what makes it this node and no other. */
  readonly dir: string;
  readonly logDir: string;
  /** Where the node listens for commands: a Unix socket, on Windows a named pipe. */
  readonly socket: string;
}

const SOCKET_FILE = "ptpchat.sock";
/** What `sun_path` holds, without its final zero; macOS has room for 4 bytes less. */
const SOCKET_PATH_BYTES_MAX = process.platform === "darwin" ? 103 : 107;
const HASH_DIGITS = 16;
/** The last one comes from the lock, which is a file of SQLite's. */
const DISK_FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL"]);

/**
 * Finds the home of a node, without touching it.
 * @param home - the directory; without it PTPCHAT_HOME, else the XDG directories
 */
export function homeOf(home?: string, env: NodeJS.ProcessEnv = process.env): Home {
  const given = home ?? nonEmpty(env.PTPCHAT_HOME);
  if (given !== undefined) {
    const dir = trueName(resolve(given));
    return { dir, logDir: dir, socket: socketOf(join(dir, SOCKET_FILE), dir, env) };
  }
  const dir = trueName(dataDir(env));
  const runtime = nonEmpty(env.XDG_RUNTIME_DIR);
  // Named after the data it belongs to: two sets of data may share one runtime directory.
  const socket = runtime === undefined ? join(dir, SOCKET_FILE) : join(runtime, `ptpchat-${hashOf(dir)}.sock`);
  return { dir, logDir: stateDir(env, dir), socket: socketOf(socket, dir, env) };
}

/** Makes the directories of a home where they are missing. @throws ApiError as {@link makeDirectory} */
export async function makeHome(home: Home): Promise<void> {
  for (const dir of new Set([home.dir, home.logDir])) await makeDirectory(dir);
}

/**
 * Makes a directory where it is missing, for this user only, and flushes the entries of all that had to be made.
 * @throws ApiError `home-unreadable`, or `store-failed` when the disk is full
 */
export async function makeDirectory(dir: string): Promise<void> {
  try {
    const first = await firstMade(dir);
    for (let made = dir; first !== null && made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
  } catch (error) {
    throw homeFault(dir, error);
  }
}

/**
 * Makes a directory and those above it. Not with Node's `recursive`, which never ends where the system makes none, as in /proc.
 * @returns the uppermost that had to be made, null when all were there
 */
async function firstMade(dir: string): Promise<string | null> {
  try {
    await mkdir(dir, { mode: 0o700 });
    return dir;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" && (await stat(dir)).isDirectory()) return null;
    if (code !== "ENOENT" || dirname(dir) === dir) throw error;
  }
  const first = await firstMade(dirname(dir));
  await mkdir(dir, { mode: 0o700 });
  return first ?? dir;
}

/** Flushes the entries of a directory. */
export async function syncDirectory(dir: string): Promise<void> {
  if (process.platform === "win32") return; // has no such call; NTFS journals its directories
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The code that the system or SQLite gave an error; null where it has none. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** Puts into words what the system said about a directory. */
export function homeFault(dir: string, error: unknown): ApiError {
  const code = systemCode(error) ?? String(error);
  if (DISK_FULL.has(code))
    return new ApiError("store-failed", `the disk that holds ${dir} is full: free some space and start again (${code})`, "disk-full");
  return new ApiError(
    "home-unreadable",
    `${dir} cannot be used as home: it must be a directory that you may read and write; choose another with --home (${code})`,
    code,
  );
}

function dataDir(env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return join(nonEmpty(env.LOCALAPPDATA) ?? join(homedir(), "AppData", "Local"), "ptpchat");
  return join(nonEmpty(env.XDG_DATA_HOME) ?? join(homedir(), ".local", "share"), "ptpchat");
}

function stateDir(env: NodeJS.ProcessEnv, data: string): string {
  if (process.platform === "win32") return data;
  return join(nonEmpty(env.XDG_STATE_HOME) ?? join(homedir(), ".local", "state"), "ptpchat");
}

/** The wanted path where the system takes it, else a short one made of the home's hash. */
function socketOf(wanted: string, dir: string, env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\ptpchat-${hashOf(dir.toLowerCase())}`;
  if (Buffer.byteLength(wanted) <= SOCKET_PATH_BYTES_MAX) return wanted;
  const runtime = nonEmpty(env.XDG_RUNTIME_DIR);
  const name = `ptpchat-${hashOf(dir)}.sock`;
  const inRuntime = runtime === undefined ? null : join(runtime, name);
  if (inRuntime !== null && Buffer.byteLength(inRuntime) <= SOCKET_PATH_BYTES_MAX) return inRuntime;
  return join(privateTmpDir(), name);
}

/**
 * A directory of this user in the common one for temporary files. Anybody could have made it first, to listen in our
 * place, so it is used only when it is ours and closed to others.
 */
function privateTmpDir(): string {
  const { uid } = userInfo();
  const dir = join(tmpdir(), `ptpchat-${uid}`);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const found = lstatSync(dir);
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return dir;
  } catch (error) {
    throw homeFault(dir, error);
  }
  throw new ApiError(
    "home-unreadable",
    `${dir} is not a directory of yours alone: remove it, or choose a --home with a shorter path`,
    "EPERM",
  );
}

/** The directory's own name, whatever symbolic links led to it; as given where it does not exist yet. */
function trueName(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    const parent = dirname(dir);
    return parent === dir ? dir : join(trueName(parent), dir.slice(parent.length));
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
}

/** The XDG specification takes an empty variable for an unset one. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
