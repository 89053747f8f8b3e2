/** The command line on this process: its streams, its node, its exit code. */
import process from "node:process";
import { main, type World } from "../faces/cli/index.ts";
import type { StartOptions } from "../faces/shared/door.ts";
import { doors } from "./doors.ts";

export async function run(): Promise<void> {
  // A reader that went away (`| head`) is no failure; a daemon goes on without it.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isDaemon()) process.exit(0);
  });
  process.stderr.on("error", () => {});
  const { stdin, stdout, stderr } = process;
  const world: World = { stdin, stdout, stderr, doors, chat };
  process.exitCode = await main(process.argv.slice(2), world);
  if (stdin.isTTY) stdin.unref(); // a terminal that was read from does not keep the process
}

/** True while this process runs a node for others to use. */
function isDaemon(): boolean {
  return ["start", "rendezvous"].includes(process.argv[2] ?? "start");
}

async function chat(options: StartOptions): Promise<number> {
  const { chat: talk } = await import("../faces/line/index.ts");
  const { stdin, stdout, env } = process;
  const terminal = stdin.isTTY && stdout.isTTY;
  const colour = terminal && !env.NO_COLOR && env.TERM !== "dumb";
  return talk(options, { input: stdin, output: stdout, terminal, colour }, doors);
}
