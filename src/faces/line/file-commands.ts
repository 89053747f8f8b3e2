/** Slash commands about files: a part of the table in `chat-commands.ts`. */
import { randomInt } from "node:crypto";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { failureWords, kindWords, progressWords } from "../shared/file-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import type { ChatCommand } from "./chat-commands.ts";

/** As in `connect`. */
const REF_MAX = 2 ** 47;
/** What is done sooner needs no word. */
const PATIENCE_MS = 1_000;
/** Between two lines about how far a file has come, in ms. */
const GAP_MS = 5_000;

export const FILE_COMMANDS: readonly ChatCommand[] = [
  { name: "send", takes: "FILE", about: "send a file to this channel", example: "/send ~/photo.jpg", run: send },
  { name: "get", takes: "ID [PATH]", about: "get a file, into this directory or another", example: "/get 3f2a91bc ~/Downloads", run: get },
];

async function send(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  if (line === "") return chat.screen.quiet("/send wants a file: /send ~/photo.jpg");
  const channel = chat.channelOr(undefined);
  if (channel === null) return;
  chat.beside(() => withProgress(chat, async (ref) => void (await chat.door.api.sendFile({ channel, path: pathOf(line), ref }))));
}

async function get(chat: Chat, [id, ...rest]: readonly string[], line: string): Promise<void> {
  if (id === undefined) return chat.screen.quiet("/get wants a file: /get and the digits that stand with it");
  const to = rest.length === 0 ? "." : line.slice(id.length).trim();
  chat.beside(() =>
    withProgress(chat, async (ref) => {
      const got = await chat.door.api.getFile({ id, to: pathOf(to), ref });
      chat.screen.quiet(`it is here: ${safeText(got.path)} (${kindWords(got)})`);
    }),
  );
}

/** Shows how far it has come, a line every few seconds: lines stay where they are, also for who reads by ear. */
async function withProgress(chat: Chat, work: (ref: number) => Promise<void>): Promise<void> {
  const ref = randomInt(1, REF_MAX);
  let nextAt = chat.now + PATIENCE_MS;
  const unsubscribe = chat.door.subscribe((event) => {
    if (event.type !== "file" || event.ref !== ref || event.state === "done") return;
    if (event.state === "failed") return chat.screen.quiet(`${safeText(event.name)}: ${failureWords(event.reason ?? "")}`);
    if (chat.now < nextAt) return;
    nextAt = chat.now + GAP_MS;
    chat.screen.quiet(progressWords(event));
  });
  try {
    await work(ref);
  } finally {
    unsubscribe();
  }
}

/** As a shell would take it. */
function pathOf(word: string): string {
  return resolve(word === "~" || word.startsWith("~/") ? `${homedir()}${word.slice(1)}` : word);
}
