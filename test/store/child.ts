/** Runs a script of this directory in a process of its own. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  /** What it prints, line by line; ends when it ends. */
  readonly lines: AsyncIterable<string>;
}

/** @param before - a command that the script is run under, with its arguments */
export function child(script: string, args: readonly string[], before: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [command = "", ...rest] = [...before, process.execPath, path, ...args];
  const started = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  return { process: started, lines: createInterface({ input: started.stdout }) };
}
