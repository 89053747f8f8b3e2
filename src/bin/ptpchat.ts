/** The program: checks the Node it runs on, keeps compiled code between starts, and hands the words to the command line. */
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** What ptpchat is written for; the launcher finds one, this tells whoever starts it by hand. */
const NODE_LEAST = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_LEAST) {
  process.stderr.write(
    `ptpchat: Node.js ${process.versions.node} is too old. Start ./ptpchat, which brings its own, or install Node.js ${NODE_LEAST} or newer.\n`,
  );
  process.exit(1);
}
module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ptpchat", "compiled"));
const { run } = await import("./run.ts");
await run();
