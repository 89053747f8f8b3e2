/**
 * Shell completion, from the table of commands. The scripts are thin: each asks `ptpchat __complete`, so that all
 * shells offer the same and channel names come from the running node.
 */
import type { Argument, Command, Option } from "./command.ts";
import { COMMANDS, commandNamed, type SHELLS } from "./commands.ts";
import { common } from "./options.ts";

type Shell = (typeof SHELLS)[number];

/** What the running node knows. */
export interface Names {
  channels(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  peers(): Promise<readonly { readonly endpoint: string }[]>;
  contacts(): Promise<readonly { readonly name: string }[]>;
}

/** Asks the node that runs on `home`; resolves with nothing where there is none. */
export type Ask = (use: (names: Names) => Promise<string[]>, home: string | undefined) => Promise<string[]>;

/**
 * What may stand for the last of `words`.
 * @param words - the command line after `ptpchat`, the word being typed last (perhaps empty)
 */
export async function candidates(words: readonly string[], ask: Ask): Promise<string[]> {
  const typed = words.at(-1) ?? "";
  const all = await offered(words.slice(0, -1), typed, ask);
  return [...new Set(all)].filter((word) => word.startsWith(typed)).sort();
}

async function offered(before: readonly string[], typed: string, ask: Ask): Promise<string[]> {
  const [name, ...given] = before;
  if (name === undefined) return COMMANDS.filter(({ hidden }) => !hidden).map((command) => command.name);
  const command = commandNamed(name);
  if (command === undefined) return [];
  if (name === "help") return COMMANDS.filter(({ hidden }) => !hidden).map((known) => known.name);
  const { place, awaiting, home } = walk(command, given);
  if (awaiting !== null) return namesFor(awaiting.offers, ask, home);
  if (typed.startsWith("-"))
    return [...command.options, ...common].map((option) => (option.name.length === 1 ? `-${option.name}` : `--${option.name}`));
  const argument = command.arguments[place] ?? command.arguments.findLast(({ rest }) => rest);
  return namesFor(argument?.offers, ask, home);
}

/** Goes over the words given so far: the place of the next argument, and the option that waits for its value. */
function walk(command: Command, given: readonly string[]): { place: number; awaiting: Option | null; home: string | undefined } {
  const options = [...command.options, ...common];
  let place = 0;
  let awaiting: Option | null = null;
  let home: string | undefined;
  for (const word of given) {
    if (awaiting !== null) {
      if (awaiting.name === "home") home = word;
      awaiting = null;
    } else if (word.startsWith("-")) {
      awaiting = options.find(({ name, short, value }) => value !== undefined && [`--${name}`, `-${short ?? name}`].includes(word)) ?? null;
    } else place++;
  }
  return { place, awaiting, home };
}

async function namesFor(offers: Argument["offers"], ask: Ask, home: string | undefined): Promise<string[]> {
  if (offers === undefined) return [];
  if (offers === "channels") return ask(async (names) => (await names.channels()).map(shellWord).filter((word) => word !== null), home);
  if (offers === "peers") return ask(async (names) => (await names.peers()).map(({ endpoint }) => endpoint), home);
  if (offers === "contacts")
    return ask(
      async (names) =>
        (await names.contacts())
          .map(({ name }) => name)
          .filter(isShellSafe)
          .map((name) => `@${name}`),
      home,
    );
  return [...offers];
}

/** A channel's name without its `#`, which shells take for a comment; null for one that a shell would take apart. */
function shellWord({ id, name }: { readonly id: string; readonly name: string }): string | null {
  const word = name === "" ? id : name.replace(/^#/, "");
  return isShellSafe(word) ? word : null;
}

/** True for a word that no shell takes apart. */
function isShellSafe(word: string): boolean {
  return /^[\p{L}\p{N}_.@-]+$/u.test(word);
}

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# ptpchat completion for bash: source <(ptpchat completion bash)
_ptpchat() {
  local line=\${COMP_LINE:0:COMP_POINT} typed word words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  typed=\${words[\${#words[@]} - 1]}
  # bash takes a colon for the beginning of a word: what stands before it is there already
  [[ $typed == *:* ]] && typed=\${typed%:*}: || typed=
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("\${word#"$typed"}")
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _ptpchat ptpchat`,
  zsh: `#compdef ptpchat
# ptpchat completion for zsh: source <(ptpchat completion zsh)
_ptpchat() {
  local -a offered
  offered=(\${(f)"$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  (( \${#offered} )) && compadd -- "\${offered[@]}" || _files
}
compdef _ptpchat ptpchat`,
  fish: `# ptpchat completion for fish: ptpchat completion fish > ~/.config/fish/completions/ptpchat.fish
function __ptpchat_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c ptpchat -a '(__ptpchat_complete)'`,
};
