/** The texts that teach. */
import type { ChatCommand } from "./chat-commands.ts";

const ANY_HOST = ["[::]", "0.0.0.0"];

/** Shown when the node knows no channel yet. */
export function firstHint(udp: string): string[] {
  return [
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

/** `1 peer`, `2 peers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function helpLines(commands: readonly ChatCommand[]): string[] {
  const width = Math.max(...commands.map((command) => usage(command).length));
  return [
    "Type a line and press Enter: everybody in the channel gets it.",
    ...commands.map((command) => `  ${usage(command).padEnd(width)}  ${command.about}`),
    "  //text".padEnd(width + 4).concat("say a line that begins with a slash"),
    "Signs: ?name wrote without a signature, so anybody could have; -- is what the node tells you.",
    "Keys: Tab completes commands and channels, Up brings back what you typed, Ctrl+C clears the line, Ctrl+D quits.",
    "A friend cannot reach you? One of you needs a port that the other can reach, or a third that both reach:",
    "  /connect THEIR-ADDRESS via HOST:PORT    lets that third one introduce you.",
  ];
}

export function commandHelp(command: ChatCommand): string[] {
  return [`${usage(command)}: ${command.about}`, ...(command.example === undefined ? [] : [`  for example: ${command.example}`])];
}

function usage({ name, takes }: ChatCommand): string {
  return takes === undefined ? `/${name}` : `/${name} ${takes}`;
}
