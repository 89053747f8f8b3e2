/** Slash commands about posts that are there, and about what people and channels are called: a part of the table in `chat-commands.ts`. */
import { excerptWords } from "../shared/entry-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import type { ChatCommand } from "./chat-commands.ts";
import { clock } from "./post-lines.ts";

/** Posts that `/posts` lists. */
const LISTED = 10;
const LISTED_MAX = 100;
/** `!12`, a number of `/posts`, or `!3f2a91bc`, the beginning of an id. */
const NAMED = /^!([0-9a-f]+)$/i;
/** Digits of an id at least; a number has fewer. */
const ID_DIGITS_MIN = 6;

export const POST_COMMANDS: readonly ChatCommand[] = [
  {
    name: "reply",
    takes: "[!N] TEXT",
    about: "answer somebody: their last post, or post N",
    example: "/reply !12 yes, at nine",
    run: reply,
  },
  {
    name: "react",
    takes: "[!N] EMOJI [off]",
    about: "say what you think of such a post",
    example: "/react 👍, and /react 👍 off to take it back",
    run: react,
  },
  { name: "edit", takes: "[!N] TEXT", about: "give your last post, or post N, another text", example: "/edit see you at nine", run: edit },
  { name: "delete", takes: "[!N]", about: "take your last post, or post N, from view", run: remove },
  { name: "posts", takes: "[HOW MANY]", about: "the last posts, with the numbers they go by", run: posts },
  {
    name: "topic",
    takes: "[TEXT]",
    about: "what the channel is about; - takes it away",
    example: "/topic tea and cake",
    run: topic,
  },
  { name: "nick", takes: "[NAME]", about: "what you call yourself", example: "/nick ada", run: nick },
];

/** A post and what follows it on the line. */
interface Aim {
  readonly id: string;
  readonly rest: string;
}

async function reply(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  const aim = aimOf(chat, line, false);
  if (aim === null) return;
  if (aim.rest === "") return chat.screen.quiet("/reply wants a text: /reply yes, or /reply !12 yes (/posts shows the numbers)");
  await chat.say(aim.rest, aim.id);
}

async function react(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  const aim = aimOf(chat, line, false);
  if (aim === null) return;
  const [text, off, ...more] = aim.rest.split(/\s+/);
  if (text === undefined || text === "" || more.length > 0 || (off !== undefined && off !== "off"))
    return chat.screen.quiet(
      "/react wants one emoji or word: /react 👍, or /react !12 👍 (/posts shows the numbers); off at the end takes it back",
    );
  await chat.door.api.react({ id: aim.id, text, ...(off === undefined ? {} : { off: true }) });
}

async function edit(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  const aim = aimOf(chat, line, true);
  if (aim === null) return;
  if (aim.rest === "") return chat.screen.quiet("/edit wants the new text: /edit see you at nine");
  await chat.door.api.edit({ id: aim.id, text: aim.rest });
}

async function remove(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  const aim = aimOf(chat, line, true);
  if (aim === null) return;
  if (aim.rest !== "") return chat.screen.quiet("/delete wants nothing, or a post: /delete !12 (/posts shows the numbers)");
  await chat.door.api.delete({ id: aim.id });
  chat.screen.quiet("others may have read it: it is a request, and whoever has it can keep it");
}

async function posts(chat: Chat, [many]: readonly string[]): Promise<void> {
  const channelId = chat.currentId;
  if (channelId === null) return chat.screen.quiet("you look at no channel: /join #lobby");
  const most = many === undefined ? LISTED : Number(many);
  if (!(Number.isInteger(most) && most >= 1 && most <= LISTED_MAX))
    return chat.screen.quiet(`/posts wants a number from 1 to ${LISTED_MAX}`);
  const all = chat.conversation.posts.latest(channelId, most);
  if (all.length === 0) return chat.screen.quiet("there are no posts here that something can be done to");
  const width = Math.max(...all.map(({ number }) => `!${number}`.length));
  chat.screen.print(
    ...all.map(
      ({ number, at, own, authorName, text }) =>
        `  ${`!${number}`.padEnd(width)}  ${clock(at)} ${own ? "you" : safeText(authorName)}: ${excerptWords(text)}`,
    ),
  );
}

async function topic(chat: Chat, _words: readonly string[], line: string): Promise<void> {
  const channel = chat.channelOr(undefined);
  if (channel === null) return;
  const set = await chat.door.api.topic({ channel, ...(line === "" ? {} : { text: line === "-" ? "" : line }) });
  if (line !== "") return; // the event tells
  chat.screen.quiet(set.text === null ? `${safeText(channel)} has no topic` : `the topic of ${safeText(channel)}: ${safeText(set.text)}`);
}

async function nick(chat: Chat, [name]: readonly string[]): Promise<void> {
  const { shownAs } = await chat.door.api.nick(name === undefined ? {} : { name });
  if (name !== undefined) chat.conversation.callYourself(name);
  chat.screen.quiet(`others see you as ${safeText(shownAs)}${name === undefined ? "" : " from now on"}`);
}

/** The post that a line names, else the last one in view; says so and gives null when there is none. */
function aimOf(chat: Chat, line: string, own: boolean): Aim | null {
  const [first = ""] = line.split(/\s/, 1);
  const [, named] = NAMED.exec(first) ?? [];
  if (named === undefined) return lastAim(chat, line, own);
  const isId = named.length >= ID_DIGITS_MIN || !/^\d+$/.test(named);
  const id = isId ? named : chat.conversation.posts.idOf(Number(named));
  if (id !== null) return { id, rest: line.slice(first.length).trim() };
  chat.screen.quiet(`no post has the number ${named}: /posts shows them`);
  return null;
}

function lastAim(chat: Chat, line: string, own: boolean): Aim | null {
  const channelId = chat.currentId;
  const post = channelId === null ? null : chat.conversation.posts.last(channelId, own);
  if (post !== null) return { id: post.id, rest: line };
  chat.screen.quiet(own ? "you have said nothing here that can be changed" : "nobody else has said anything here that you can answer");
  return null;
}
