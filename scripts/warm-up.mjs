/**
 * Run once after an installation: starts a node on a throw-away home, so that Node's compile cache (`NODE_COMPILE_CACHE`, set by the
 * launcher) is full and the first start is as fast as all others. Whatever goes wrong here is left for the first start to say.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "../node_modules/.ptpchat/ptpchat.js");
const NODE_MS = 10_000;

/** Until its ready line; the end of the process is what fills the cache. */
const home = mkdtempSync(join(tmpdir(), "ptpchat-set-up-"));
const words = [...process.execArgv, program, "start", "--home", home, "--listen", "127.0.0.1:0"];
const node = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"], timeout: NODE_MS });
node.stdout.once("data", () => node.kill("SIGTERM"));
await new Promise((ended) => node.once("close", ended).once("error", ended));
rmSync(home, { recursive: true, force: true });
