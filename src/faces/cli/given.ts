/** The words of one command line, checked against its command. */
import { parseArgs } from "node:util";
import { nearest } from "../shared/nearest.ts";
import type { Argument, Command, Option } from "./command.ts";
import { common } from "./options.ts";
import { UsageError } from "./usage-error.ts";

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** What was given: arguments in `words`, options by name. */
export class Given {
  readonly words: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  constructor(words: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.words = words;
    this.#values = values;
  }

  /** An argument that the command requires, by its place. */
  word(at: number): string {
    return this.words[at] ?? "";
  }

  flag(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option, the last one where it was given twice. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** A number within bounds. @throws UsageError when it is none */
  number(name: string, { least, most, whole }: { least: number; most: number; whole: boolean }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      throw new UsageError(`${dashed(name)} ${text}: a${whole ? " whole" : ""} number from ${least} to ${most} is wanted`);
    }
    return value;
  }

  /** One of a few words. @throws UsageError when it is another */
  oneOf<const Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found === undefined) throw new UsageError(`${dashed(name)} ${text}: one of ${words.join(", ")} is wanted`, didYouMean(text, words));
    return found;
  }

  /** `--timeout` in ms. */
  get timeoutMs(): number | undefined {
    const seconds = this.number("timeout", { least: 0.001, most: 86_400, whole: false });
    return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
  }
}

/**
 * Reads the words after a command's name.
 * @throws UsageError for unknown options, missing values, and too few or too many arguments
 */
export function readGiven(command: Command, argv: readonly string[]): Given {
  const options = [...command.options, ...common];
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokensOf(options, argv)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind === "option") {
      const { name, value } = readOption(command, options, token);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  const given = new Given(words, values);
  if (!given.flag("help")) checkCount(command, words);
  return given;
}

function tokensOf(options: readonly Option[], argv: readonly string[]): readonly Token[] {
  const types = options.map(
    ({ name, short, value }) =>
      [name, { type: value === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) }] as const,
  );
  return parseArgs({ args: [...argv], options: Object.fromEntries(types), strict: false, allowPositionals: true, tokens: true }).tokens;
}

function readOption(command: Command, options: readonly Option[], token: OptionToken): { name: string; value: string } {
  const option = options.find(({ name }) => name === token.name);
  if (option === undefined || (token.rawName.startsWith("--") && token.rawName.length === 3)) throw unknownOption(command, options, token);
  if (option.value === undefined) {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    return { name: option.name, value: "" };
  }
  if (token.value === undefined || (!token.inlineValue && token.value.startsWith("-") && token.value !== "-")) {
    throw new UsageError(`${token.rawName} wants a value: ${token.rawName} ${option.value}`);
  }
  return { name: option.name, value: token.value };
}

function unknownOption(command: Command, options: readonly Option[], { rawName, name }: OptionToken): UsageError {
  const guess = nearest(
    name,
    options.map((option) => option.name).filter((known) => known.length > 1),
  );
  if (guess !== null) return new UsageError(`${command.name} has no option ${rawName}`, `Did you mean ${dashed(guess)}?`);
  const takesText = command.arguments.some(({ rest }) => rest);
  return new UsageError(
    `${command.name} has no option ${rawName}`,
    takesText
      ? `Put -- before a text that begins with a dash: ptpchat ${command.name} ${command.arguments[0]?.name ?? ""} -- ${rawName}`
      : null,
  );
}

function checkCount(command: Command, words: readonly string[]): void {
  const missing = command.arguments.find((argument, at) => !argument.optional && words[at] === undefined);
  if (missing !== undefined) throw new UsageError(`${command.name} wants ${missing.name}: ${missing.about}`, hashHint(missing));
  const extra = command.arguments.some(({ rest }) => rest) ? undefined : words[command.arguments.length];
  if (extra !== undefined) throw new UsageError(`${command.name} does not take "${extra}"`);
}

/** A shell that took `#lobby` for a comment leaves nothing of it. */
function hashHint({ offers }: Argument): string | null {
  return offers === "channels" ? "Shells take # for a comment: write lobby, or '#lobby' in quotes." : null;
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** "Did you mean ...?", or null when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>): string | null {
  const guess = nearest(word, known);
  return guess === null ? null : `Did you mean ${guess}?`;
}
