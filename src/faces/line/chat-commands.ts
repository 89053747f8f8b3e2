/** The table of slash commands. */
import { channelLabel, channelWord } from "../shared/channel-word.ts";
import { pathWords } from "../shared/connect-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import { commandHelp, counted, helpLines } from "./hints.ts";

export interface ChatCommand {
  readonly name: string;
  /** What may follow, as help shows it. */
  readonly takes?: string;
  readonly about: string;
  readonly example?: string;
  run(chat: Chat, words: readonly string[]): Promise<void>;
}

export const CHAT_COMMANDS: readonly ChatCommand[] = [
  {
    name: "join",
    takes: "#name [PEER]",
    about: "join a channel and look at it; PEER is HOST:PORT of somebody in it",
    example: "/join #lobby 203.0.113.5:7667",
    run: join,
  },
  { name: "switch", takes: "#name", about: "look at another channel that you are in", run: switchTo },
  { name: "leave", takes: "[#name]", about: "leave a channel, this one or another", run: leave },
  { name: "who", takes: "[#name]", about: "who is in the channel", run: who },
  { name: "channels", about: "the channels that you are in", run: channels },
  { name: "peers", about: "the peers that your node knows", run: peers },
  {
    name: "connect",
    takes: "PEER [via HOST:PORT]",
    about: "reach a peer, directly or introduced by another",
    example: "/connect 198.51.100.7 via 203.0.113.5:7667",
    run: connect,
  },
  { name: "status", about: "how your node is, and where it can be reached", run: status },
  { name: "help", takes: "[command]", about: "show this, or more about one command", run: help },
  { name: "quit", about: "end the chat", run: (chat) => chat.quit() },
];

async function join(chat: Chat, [name, ...at]: readonly string[]): Promise<void> {
  if (name === undefined) return chat.screen.quiet("/join wants a channel: /join #lobby");
  const word = channelWord(name);
  if (at.length === 0 && chat.find(word) !== null) return chat.show(word);
  const joined = await chat.door.api.join({ channel: word, ...(at.length === 0 ? {} : { at: [...at] }) });
  chat.learn({ id: joined.channelId, name: joined.name });
  await chat.show(channelLabel({ id: joined.channelId, name: joined.name }));
}

async function switchTo(chat: Chat, [name]: readonly string[]): Promise<void> {
  if (name === undefined) return chat.screen.quiet("/switch wants a channel: /switch #lobby; /channels lists yours");
  await chat.show(channelWord(name));
}

async function leave(chat: Chat, [name]: readonly string[]): Promise<void> {
  const channel = chat.channelOr(name);
  if (channel === null) return;
  await chat.door.api.leave({ channel });
  chat.screen.quiet(`you left ${safeText(channel)}`);
}

async function who(chat: Chat, [name]: readonly string[]): Promise<void> {
  const channel = chat.channelOr(name);
  if (channel === null) return;
  const members = await chat.door.api.members({ channel });
  if (members.length === 0) return chat.screen.quiet(`nobody else is in ${safeText(channel)}, as far as your node knows`);
  const lines = members.map(
    ({ endpoint, state, via }) =>
      `  ${safeText(endpoint)}  ${{ live: "here", away: "away", relay: `here, over ${via ?? "a relay"}` }[state]}`,
  );
  chat.screen.print(`In ${safeText(channel)} besides you:`, ...lines);
}

async function channels(chat: Chat): Promise<void> {
  const all = await chat.door.api.channels();
  if (all.length === 0) return chat.screen.quiet("you are in no channel: /join #lobby");
  chat.screen.print(
    ...all.map(
      (view) => `${chat.isCurrent(view.id) ? "*" : " "} ${safeText(channelLabel(view))}  ${view.live} of ${view.members} others here`,
    ),
  );
}

async function peers(chat: Chat): Promise<void> {
  const all = await chat.door.api.peers();
  if (all.length === 0) return chat.screen.quiet("no peers yet: /connect HOST:PORT, or give a friend your address");
  chat.screen.print(
    ...all.map(
      ({ endpoint, live, path, via }) =>
        `  ${safeText(endpoint)}  ${live ? "here" : "silent"}, ${pathWords(path)}${via === null ? "" : ` ${safeText(via)}`}`,
    ),
  );
}

async function connect(chat: Chat, [peer, ...rest]: readonly string[]): Promise<void> {
  const via = rest[0] === "via" ? rest[1] : rest[0];
  if (peer === undefined || rest.length > 2 || (rest[0] === "via" && via === undefined))
    return chat.screen.quiet("/connect wants a peer: /connect 203.0.113.5:7667, or /connect 203.0.113.5 via HOST:PORT");
  const ref = chat.watchConnect();
  chat.inBackground(async () => {
    const connected = await chat.door.api.connect({ peer, ref, ...(via === undefined ? {} : { via }) });
    chat.screen.quiet(`connected to ${safeText(connected.peer)}: ${pathWords(connected.path)}, in ${Math.round(connected.ms)} ms`);
  });
}

async function status(chat: Chat): Promise<void> {
  const { nodeId, name, udp, home, peers: known, channels: joined, store } = await chat.door.api.status();
  chat.screen.print(
    `Node ${nodeId}${name === "" ? "" : `, called ${safeText(name)}`}`,
    `Listens on UDP ${udp}; home ${safeText(home)}`,
    `${known.live} of ${counted(known.known, "peer")} here, in ${counted(joined, "channel")}`,
    store.state === "ok"
      ? "What you say is kept on this disk"
      : `The store failed (${safeText(store.code ?? "unknown")}): nothing new is kept. Make room on the disk, or check it`,
  );
}

async function help(chat: Chat, [name]: readonly string[]): Promise<void> {
  const command = name === undefined ? undefined : CHAT_COMMANDS.find((known) => known.name === name.replace(/^\//, ""));
  chat.screen.print(...(command === undefined ? helpLines(CHAT_COMMANDS) : commandHelp(command)));
}
