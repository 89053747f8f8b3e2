/** The texts that teach. */
import { safeText } from "../shared/safe-text.ts";
import type { ChatCommand } from "./chat-commands.ts";

const ANY_HOST = ["[::]", "0.0.0.0"];

/** Shown when the node knows no channel yet. @param name - what the person is called so far, perhaps nothing */
export function firstHint(udp: string, name: string): string[] {
  const nameless = name === "" ? ["You have no name yet: /quit, and start with --name NICK."] : [];
  return [
    ...nameless,
    "You are in no channel yet. A channel exists as soon as somebody joins it:",
    "  /join #lobby                      go in, alone or to those who are there",
    "  /join #lobby HOST:PORT            go in where a friend already is",
    "  then type a line and press Enter to say it; /who shows who is there",
    "Give a friend your address; with it they come to where you are:",
    `  /join #lobby ${reachedAt(udp)}`,
    "  /help shows all commands, /quit ends.",
  ];
}

/** How others name the endpoint that the node listens on; only the user knows which address stands for all of them. */
function reachedAt(udp: string): string {
  const port = udp.slice(udp.lastIndexOf(":") + 1);
  return ANY_HOST.includes(udp.slice(0, -port.length - 1)) ? `YOUR-ADDRESS:${port}` : udp;
}

/** Said once to who has no contacts: a name that somebody shows proves nothing. */
export function trustHint(name: string): string {
  return `names are what people call themselves: /verify ${name} makes sure of one`;
}

/** Somebody who is no contact begins a talk. */
export function requestWords({ name }: { readonly name: string }): string {
  const who = safeText(name);
  return `${who} wants to talk with you: /accept ${who}, or /block ${who}; until then what they say waits with them`;
}

export function helpLines(commands: readonly ChatCommand[]): string[] {
  const width = Math.max(...commands.map((command) => usage(command).length));
  return [
    "Type a line and press Enter: everybody in the channel gets it.",
    ...commands.map((command) => `  ${usage(command).padEnd(width)}  ${command.about}`),
    "  //text".padEnd(width + 4).concat("say a line that begins with a slash"),
    "Names:",
    "  ada~3F2A           has proved the key whose id begins so; calls itself ada",
    "  @bob               is a name that you gave; ✓: you compared safety numbers",
    "  ?203.0.113.5:7667  is an address only: anybody could have written that",
    "  --                 is what your node tells you",
    "Keys: Tab completes commands, channels and names; Up brings back a line;",
    "  Ctrl+C clears it; Ctrl+D quits.",
    "A friend cannot reach you? One of you needs a port that the other can reach,",
    "or a third that both reach introduces you:",
    "  /connect THEIR-ADDRESS via HOST:PORT",
  ];
}

export function commandHelp(command: ChatCommand): string[] {
  return [`${usage(command)}: ${command.about}`, ...(command.example === undefined ? [] : [`  for example: ${command.example}`])];
}

function usage({ name, takes }: ChatCommand): string {
  return takes === undefined ? `/${name}` : `/${name} ${takes}`;
}
