/** The table of slash commands. */
import { channelLabel, channelWord } from "../shared/channel-word.ts";
import { connectedLines } from "../shared/connect-words.ts";
import { isInvite } from "../shared/invite-words.ts";
import { refuseToLock } from "../shared/lock-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import { FILE_COMMANDS } from "./file-commands.ts";
import { commandHelp, helpLines } from "./hints.ts";
import { accept, INVITE_COMMANDS } from "./invite-commands.ts";
import { channels, peers, status, who } from "./look-commands.ts";
import { NOTICE_MODES } from "./notices.ts";
import { POST_COMMANDS } from "./post-commands.ts";
import { ROLE_COMMANDS } from "./role-commands.ts";
import { search } from "./search-command.ts";
import { contact, contacts, verify } from "./trust-commands.ts";

export interface ChatCommand {
  readonly name: string;
  /** What may follow, as help shows it. */
  readonly takes?: string;
  readonly about: string;
  readonly example?: string;
  /** @param line - what follows the command, as it was typed */
  run(chat: Chat, words: readonly string[], line: string): Promise<void>;
}

export const CHAT_COMMANDS: readonly ChatCommand[] = [
  {
    name: "join",
    takes: "#name|@contact [PEER]",
    about: "join a channel or talk, by an invite too",
    example: "/join #lobby 203.0.113.5:7667, at somebody who is in it; /join @bob",
    run: join,
  },
  ...POST_COMMANDS,
  ...FILE_COMMANDS,
  { name: "switch", takes: "#name", about: "look at another channel that you are in", run: switchTo },
  { name: "leave", takes: "[#name]", about: "leave a channel, this one or another", run: leave },
  { name: "who", takes: "[#name]", about: "who is in the channel", run: who },
  { name: "search", takes: "WORDS", about: "find what was said, the words marked *so*", example: "/search good morn", run: search },
  { name: "channels", about: "the channels that you are in", run: channels },
  { name: "peers", about: "the peers that your node knows", run: peers },
  {
    name: "connect",
    takes: "PEER [via HOST:PORT]",
    about: "reach a peer, or be introduced by another",
    example: "/connect 198.51.100.7 via 203.0.113.5:7667",
    run: connect,
  },
  ...INVITE_COMMANDS,
  ...ROLE_COMMANDS,
  { name: "status", about: "your node, its sessions, and what is wrong", run: status },
  {
    name: "verify",
    takes: "NAME [yes]",
    about: "a safety number to compare; yes: the same",
    example: "/verify ada~3F2A, and when both see the same number: /verify @ada yes",
    run: verify,
  },
  {
    name: "contact",
    takes: "NAME as YOURS",
    about: "a name of your own for somebody",
    example: "/contact ada~3F2A as ada; /contact remove @ada takes it away",
    run: contact,
  },
  { name: "contacts", about: "those to whom you gave names", run: contacts },
  {
    name: "notices",
    takes: "all|smart|none",
    about: "whose coming and going is shown",
    example: "/notices smart, for people you know or talk with, and a few others",
    run: notices,
  },
  { name: "help", takes: "[command]", about: "show this, or more about one command", run: help },
  { name: "lock", about: "end the node; only the passphrase opens it", run: lock },
  { name: "quit", about: "end the chat", run: (chat) => chat.quit() },
];

async function lock(chat: Chat): Promise<void> {
  const { api } = chat.door;
  refuseToLock(await api.status());
  chat.screen.clear();
  chat.screen.quiet("locked: the passphrase opens it again");
  await chat.quit();
  if (!chat.door.own) await api.stop();
}

async function join(chat: Chat, [name, ...at]: readonly string[]): Promise<void> {
  if (name === undefined) return chat.screen.quiet("/join wants a channel: /join #lobby; or an invite");
  const words = [name, ...at].join(" ");
  if (await isInvite(words)) return accept(chat, words);
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

async function connect(chat: Chat, [peer, ...rest]: readonly string[]): Promise<void> {
  const via = rest[0] === "via" ? rest[1] : rest[0];
  if (peer === undefined || rest.length > 2 || (rest[0] === "via" && via === undefined))
    return chat.screen.quiet("/connect wants a peer: /connect 203.0.113.5:7667, or /connect 203.0.113.5 via HOST:PORT");
  const ref = chat.watchConnect();
  chat.inBackground(async () => {
    try {
      chat.screen.quiet(...connectedLines(await chat.door.api.connect({ peer, ref, ...(via === undefined ? {} : { via }) })));
    } finally {
      chat.forgetConnect(ref);
    }
  });
}

async function notices(chat: Chat, [word]: readonly string[]): Promise<void> {
  const mode = NOTICE_MODES.find((known) => known === word);
  if (mode === undefined) return chat.screen.quiet(`/notices wants one of ${NOTICE_MODES.join(", ")}; now it is ${chat.notices.mode}`);
  chat.notices.mode = mode;
  chat.screen.quiet(`notices: ${mode}`);
}

async function help(chat: Chat, [name]: readonly string[]): Promise<void> {
  const command = name === undefined ? undefined : CHAT_COMMANDS.find((known) => known.name === name.replace(/^\//, ""));
  chat.screen.print(...(command === undefined ? helpLines(CHAT_COMMANDS) : commandHelp(command)));
}
