/** What one command of the command line is. The table in `commands.ts` is made of these. */
import type { Call } from "./call.ts";
import type { ExitCode } from "./exit-code.ts";

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help; lines as they are shown. */
  readonly about?: readonly string[];
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  /** True for what people do not type: left out of the lists. */
  readonly hidden?: true;
  /** Loads what carries the command out, and only that, so that each command starts fast. */
  readonly load: () => Promise<{ readonly run: (call: Call) => Promise<ExitCode> }>;
}

export interface Argument {
  /** As help shows it, in capitals. */
  readonly name: string;
  readonly about: string;
  readonly optional?: true;
  /** True for the last one, when it takes all words that are left. */
  readonly rest?: true;
  /** What completion offers: channels of the running node, its peers, its contacts, or these words. */
  readonly offers?: "channels" | "peers" | "contacts" | readonly string[];
}

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** What the value is called in help; absent for a switch. */
  readonly value?: string;
  readonly about: string;
  /** True when it may be given several times. */
  readonly repeat?: true;
  readonly offers?: Argument["offers"];
}
