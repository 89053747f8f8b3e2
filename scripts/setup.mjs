/**
 * Installs what is missing, exactly as pinned in package-lock.json, and chooses the Node to run with. Runs on any
 * Node >= 18 and does nothing when all is there. Used by `scripts/runtime.sh` and `ptpchat.cmd`:
 *
 *   node scripts/setup.mjs [SYSTEM_NODE] [LISTING]
 *
 * The two arguments are noted in `node_modules/.ptpchat-runtime`, so that the launcher sees when the system's Node changes.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { release, take } from "./setup-lock.mjs";

/** Older ones know neither the npm that reads our lock file nor what this script uses. */
const SETUP_NODE_LEAST = 18;
/** What ptpchat itself runs on. */
const NODE_LEAST = 24;
/** Node 24 before this minor release warns about types in the source, which is how ptpchat is written. */
const NODE_24_QUIET_MINOR = 3;
/** How often progress is shown on a terminal and in a log, in ms. */
const PROGRESS_TERMINAL_MS = 250;
const PROGRESS_LOG_MS = 5_000;
/** What takes longer is left to the first start. */
const GET_READY_MS = 20_000;
/** So many lines of npm's words on a failure say what it is; the rest is its manual. */
const NPM_LINES_MAX = 12;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const stampFile = join(modules, ".ptpchat-setup");
/**
 * What a node takes in and writes lives for moments. Left to itself V8 keeps 128 MB for such things before it looks which of
 * them are still needed; with a quarter of that it looks more often, at the same cost.
 */
const YOUNG = "--max-semi-space-size=16";
const runtimeFile = join(modules, ".ptpchat-runtime");
/** Exactly the lock file, no script of a package, everything for tests too, whatever NODE_ENV says. */
const NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev", "--include=optional", "--loglevel=error"];
/** What npm has kept from before needs no network, and one that is missing is told after seconds: npm's own patience is minutes. */
const NPM_NETWORK = ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=3000", "--fetch-timeout=60000"];
const say = (text) => process.stderr.write(`ptpchat: ${text}\n`);

class SetupError extends Error {}

async function main([system = "", listing = ""]) {
  const [major = 0] = versionOf(process.versions.node);
  if (major < SETUP_NODE_LEAST)
    throw new SetupError(`Node.js ${process.versions.node} is too old. Install Node.js 18 or newer, then start again.`);
  const wanted = hashOfLock();
  if (!isInstalled(wanted)) await installAlone(wanted);
  const [runtime, flags] = chooseRuntime();
  getReady(runtime, flags);
  writeWhole(runtimeFile, `${[system, listing, runtime, flags].join("\n")}\n`);
}

function hashOfLock() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function isInstalled(wanted) {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8").trim() === wanted;
}

/** Installs unless another start did so meanwhile: only one of them works, the others wait for it. */
async function installAlone(wanted) {
  const lock = await take(join(root, ".tsbuild"), () => say("another start is installing what is missing; waiting for it"));
  try {
    if (!isInstalled(wanted)) await install(wanted);
  } finally {
    release(lock);
  }
}

async function install(wanted) {
  const began = Date.now();
  say("installing what is missing (once per version; about 400 MB in node_modules)");
  const progress = showProgress(began);
  const { code, errors } = await runNpm([...NPM_CI, ...NPM_NETWORK]).finally(() => progress.end());
  if (code !== 0) throw new SetupError(explain(errors, code));
  writeWhole(stampFile, `${wanted}\n`);
  say(`installed in ${seconds(began)}`);
}

function runNpm(words) {
  const windows = process.platform === "win32";
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: pathWithoutModules(process.env.PATH ?? "") };
    delete env.NODE_COMPILE_CACHE; // npm's own code is not for our cache
    const npm = spawn(windows ? "npm.cmd" : "npm", words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], shell: windows });
    let errors = "";
    for (const stream of [npm.stdout, npm.stderr])
      stream.setEncoding("utf8").on("data", (text) => (errors = (errors + text).slice(-20_000)));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => npm.kill("SIGTERM"));
    npm.on("error", (error) => reject(new SetupError(npmMissing(error))));
    npm.on("close", (code, signal) => resolve({ code: code ?? signal, errors }));
  });
}

/** npm must not run on a Node that it is about to replace. */
function pathWithoutModules(path) {
  return path
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")))
    .join(delimiter);
}

function npmMissing(error) {
  if (error.code !== "ENOENT") return `npm could not be started (${error.message}).`;
  return "npm is missing, and it is needed once, to install what ptpchat is built on. Install npm (it comes with Node.js, https://nodejs.org), then start again.";
}

/** Says what npm's failure means and what to do. */
function explain(errors, code) {
  const network = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network)\b/.exec(
    errors,
  );
  if (network)
    return `the network is missing: npm could not reach its registry (${network[1]}). It is needed this once; connect and start again.`;
  if (/\bENOSPC\b/.test(errors)) return "the disk is full. Make room (about 400 MB) and start again.";
  if (/\b(EACCES|EPERM|EROFS)\b/.test(errors))
    return `no permission to write to ${modules}. Make it writable, or copy the checkout to a place of your own, and start again.`;
  const lines = errors.trim().split("\n");
  return `npm ci ended with ${code}:\n${lines.slice(0, NPM_LINES_MAX).join("\n")}`;
}

/** Counts the packages that have arrived, on stderr. */
function showProgress(began) {
  const names = packagesHere();
  const terminal = process.stderr.isTTY === true;
  const show = () => {
    const there = names.filter((name) => existsSync(join(root, name, "package.json"))).length;
    const text = `installing: ${there} of ${names.length} packages, ${seconds(began)}`;
    process.stderr.write(terminal ? `\r${text}\x1b[K` : `ptpchat: ${text}\n`);
  };
  const timer = setInterval(show, terminal ? PROGRESS_TERMINAL_MS : PROGRESS_LOG_MS);
  return {
    end() {
      clearInterval(timer);
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}

/** Folders of the packages in the lock file that this platform gets. */
function packagesHere() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const fits = (list, own) => list === undefined || list.includes(own);
  return Object.entries(packages)
    .filter(([name, { os, cpu }]) => name !== "" && fits(os, process.platform) && fits(cpu, process.arch))
    .map(([name]) => name);
}

/** @returns the Node to run with and its options: this one when it is new enough, else the pinned one of this platform */
function chooseRuntime() {
  const runtime = isNewEnough(process.versions.node) ? process.execPath : pinnedNode();
  const { stdout = "", error } = spawnSync(runtime, ["-p", "process.versions.node"], { encoding: "utf8" });
  const version = (stdout ?? "").trim();
  if (!isNewEnough(version)) {
    const why = error ? error.message : version === "" ? "it does not run here" : `it is version ${version}`;
    throw new SetupError(`${runtime} cannot be used: ${why}. Install Node.js ${NODE_LEAST} or newer, then start again.`);
  }
  const [major, minor] = versionOf(version);
  const warns = major === NODE_LEAST && minor < NODE_24_QUIET_MINOR;
  return [runtime, [...(warns ? ["--disable-warning=ExperimentalWarning"] : []), YOUNG].join(" ")];
}

/** Puts the program together, and fills the compile cache for the first start where there is one. */
function getReady(runtime, flags) {
  say("getting the first start ready");
  const run = (script, options) =>
    spawnSync(runtime, [...options, join(root, "scripts", script)], { stdio: ["ignore", "ignore", "inherit"], timeout: GET_READY_MS });
  run("build.mjs", []);
  if (process.env.NODE_COMPILE_CACHE) run("warm-up.mjs", flags.split(" "));
}

function pinnedNode() {
  const windows = process.platform === "win32";
  const folder = `${windows ? "win" : process.platform}-${process.arch}`;
  const file = windows ? "node.exe" : "node";
  const found = [`node-${folder}`, `node-bin-${folder}`].map((name) => join(modules, name, "bin", file)).find((path) => existsSync(path));
  if (found === undefined) {
    throw new SetupError(
      `there is no pinned Node.js for ${folder}, and Node.js ${process.versions.node} is too old. Install Node.js ${NODE_LEAST} or newer, then start again.`,
    );
  }
  makeExecutable(found);
  return found;
}

/** Without install scripts the bit may be missing. */
function makeExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    chmodSync(file, 0o755);
  }
}

function isNewEnough(version) {
  return (versionOf(version)[0] ?? 0) >= NODE_LEAST;
}

function versionOf(text) {
  return text.split(".").map(Number);
}

/** Writes a file so that a reader sees the old or the new one, never a part. */
function writeWhole(file, text) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    throw new SetupError(explain(String(error.code ?? error), "an error"));
  }
}

function seconds(began) {
  return `${Math.round((Date.now() - began) / 1000)} s`;
}

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof SetupError ? error.message : `the set-up failed: ${error.stack}`);
  process.exitCode = 1;
});
