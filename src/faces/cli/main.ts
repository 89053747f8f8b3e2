/** From words to an exit code: finds the command, reads what was given, carries it out, and puts errors into words. */
import { ApiError } from "../../app/api.ts";
import { reasonWords } from "../shared/connect-words.ts";
import { safeJson, safeText } from "../shared/safe-text.ts";
import { Call, type World } from "./call.ts";
import type { Command } from "./command.ts";
import { COMMANDS, commandNamed } from "./commands.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { didYouMean, readGiven } from "./given.ts";
import { helpOf, overview } from "./help.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Carries out one command line.
 * @param argv - the words after the program's name
 * @returns the exit code; never throws for what a user did wrong
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const json = argv.includes("--json");
  try {
    const [first = "", ...rest] = argv;
    if (first === "--help" || first === "-h") return say(world.stdout, overview(), EXIT.done);
    if (first === "--version" || first === "-V") return await runCommand("version", rest, world);
    if (first === "" || first.startsWith("-"))
      return await runCommand(world.stdin.isTTY && world.stdout.isTTY ? "chat" : "start", argv, world);
    return await runCommand(first, rest, world);
  } catch (error) {
    return explain(error, json, world);
  }
}

async function runCommand(name: string, argv: readonly string[], world: World): Promise<number> {
  const command = findCommand(name);
  const given = readGiven(command, argv);
  if (given.flag("help")) return say(world.stdout, helpOf(command), EXIT.done);
  const { run } = await command.load();
  return run(new Call(given, world));
}

/** @throws UsageError with the nearest command when there is none of that name */
export function findCommand(name: string): Command {
  const command = commandNamed(name);
  if (command !== undefined) return command;
  const names = COMMANDS.filter(({ hidden }) => !hidden).map((known) => known.name);
  throw new UsageError(`there is no command "${safeText(name)}"`, didYouMean(name, names) ?? "ptpchat --help lists them.");
}

function explain(error: unknown, json: boolean, world: World): number {
  if (error instanceof UsageError) {
    if (json) return sayJson(world, { error: "usage", message: error.message, reason: null }, EXIT.usage);
    return say(world.stderr, `ptpchat: ${error.message}${error.hint === null ? "" : `\n${error.hint}`}`, EXIT.usage);
  }
  if (error instanceof ApiError) {
    const code = exitCodeOf(error.code);
    if (json) return sayJson(world, { error: error.code, message: error.message, reason: error.reason }, code);
    const words = reasonWords(error);
    return say(world.stderr, `ptpchat: ${safeText(error.message)}${words === null ? "" : `\n${words}`}`, code);
  }
  throw error;
}

function sayJson(world: World, object: object, code: number): number {
  return say(world.stderr, safeJson(object), code);
}

function say(to: World["stdout"], text: string, code: number): number {
  to.write(`${text}\n`);
  return code;
}
