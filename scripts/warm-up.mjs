/**
 * Run once after an installation: loads the whole program and starts a node on a throw-away home, so that Node's compile
 * cache (`NODE_COMPILE_CACHE`, set by the launcher) is full and the first start is as fast and as small as all others.
 * Whatever goes wrong here is left for the first start to say.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "../src");
/** The program itself, and a thread's beginning: these two run when they are loaded. The node below loads them. */
const RUN = ["bin/ptpchat.ts", "store/writer.ts"];
const NODE_MS = 10_000;

async function loadModules() {
  const files = globSync("{bin,faces}/**/*.ts", { cwd: source }).filter((file) => !RUN.includes(file) && !file.endsWith(".d.ts"));
  for (const file of files) await import(pathToFileURL(join(source, file)));
}

/** Until its ready line; the end of the process is what fills the cache. */
function startNode() {
  const home = mkdtempSync(join(tmpdir(), "ptpchat-set-up-"));
  const words = [...process.execArgv, join(source, RUN[0]), "start", "--home", home, "--listen", "127.0.0.1:0"];
  const node = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"], timeout: NODE_MS });
  node.stdout.once("data", () => node.kill("SIGTERM"));
  return new Promise((ended) => node.once("close", ended).once("error", ended)).finally(() =>
    rmSync(home, { recursive: true, force: true }),
  );
}

await Promise.all([loadModules(), startNode()]);
