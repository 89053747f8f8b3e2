/** Help, made from the table of commands. */
import type { Argument, Command, Option } from "./command.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import { common } from "./options.ts";

/** All commands, one line each. */
export function overview(): string {
  const width = Math.max(...COMMANDS.filter(shown).map(({ name }) => name.length));
  const groups = GROUPS.map(([title, commands]) =>
    [`${title}:`, ...commands.filter(shown).map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)].join("\n"),
  );
  return [
    "ptpchat: chat without servers, from peer to peer.",
    "",
    "  ptpchat                        chat in this terminal",
    "  ptpchat COMMAND [OPTION...]    do one thing; ptpchat COMMAND --help says how",
    "",
    groups.join("\n\n"),
    "",
    "A first talk, on one machine:",
    "  ptpchat start --home /tmp/ada --listen 127.0.0.1:7001",
    "  ptpchat start --home /tmp/bob --listen 127.0.0.1:7002 --peer 127.0.0.1:7001",
    "  ptpchat join lobby --home /tmp/ada; ptpchat join lobby --home /tmp/bob",
    "  ptpchat send lobby hello --home /tmp/bob; ptpchat tail lobby --home /tmp/ada",
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 timeout, 4 no node is running.",
  ].join("\n");
}

/** All about one command. */
export function helpOf(command: Command): string {
  const options = [...command.options, ...common];
  const sections = [
    `ptpchat ${command.name}: ${command.summary}`,
    `Usage: ${usageOf(command)}`,
    command.about?.join("\n") ?? "",
    table(
      "Arguments:",
      command.arguments.map((argument) => [argument.name, argument.about]),
    ),
    table(
      "Options:",
      options.map((option) => [optionUsage(option), option.about]),
    ),
    command.examples.length === 0 ? "" : ["Examples:", ...command.examples.map((example) => `  ${example}`)].join("\n"),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

export function usageOf(command: Command): string {
  const options = [...command.options, ...common].filter(({ name }) => name !== "help");
  return [
    "ptpchat",
    command.name,
    ...command.arguments.map(argumentUsage),
    ...options.map((option) => `[${optionWord(option)}]${option.repeat ? "..." : ""}`),
  ].join(" ");
}

function argumentUsage({ name, optional, rest }: Argument): string {
  const word = rest ? `${name}...` : name;
  return optional ? `[${word}]` : word;
}

function optionWord({ name, value }: Option): string {
  const dashes = name.length === 1 ? "-" : "--";
  return value === undefined ? `${dashes}${name}` : `${dashes}${name} ${value}`;
}

function optionUsage(option: Option): string {
  const { name, short } = option;
  return short === undefined || short === name ? optionWord(option) : `-${short}, ${optionWord(option)}`;
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return "";
  const width = Math.max(...rows.map(([left]) => left.length));
  return [title, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join("\n");
}

function shown({ hidden }: Command): boolean {
  return !hidden;
}
