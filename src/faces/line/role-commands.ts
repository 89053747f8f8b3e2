/** Slash commands for channels with an owner, and for whom one does not want to hear. */
import { channelLabel } from "../shared/channel-word.ts";
import { memberRoleWord, roleWords } from "../shared/role-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import type { ChatCommand } from "./chat-commands.ts";

type RoleAct = "revoke" | "kick" | "ban" | "unban";
type QuietAct = "mute" | "unmute" | "block" | "unblock";

export const ROLE_COMMANDS: readonly ChatCommand[] = [
  {
    name: "create",
    takes: "NAME [readers|private]",
    about: "make a channel of your own, perhaps sealed",
    example: "/create garden",
    run: create,
  },
  { name: "members", takes: "[#name]", about: "who has which role in the channel", run: members },
  {
    name: "grant",
    takes: "NAME ROLE [history]",
    about: "let somebody be admin, member or reader",
    example: "/grant ada~3F2A admin",
    run: grant,
  },
  { name: "revoke", takes: "NAME", about: "take a role that was given", run: (chat, words) => act(chat, "revoke", words) },
  { name: "kick", takes: "NAME", about: "remove somebody from this channel", run: (chat, words) => act(chat, "kick", words) },
  { name: "ban", takes: "NAME", about: "remove somebody, whom no admin lets in again", run: (chat, words) => act(chat, "ban", words) },
  { name: "unban", takes: "NAME", about: "let somebody in again who was removed", run: (chat, words) => act(chat, "unban", words) },
  { name: "mute", takes: "[NAME]", about: "fold what somebody says, for you only", run: (chat, words) => quiet(chat, "mute", words) },
  { name: "unmute", takes: "NAME", about: "show it again", run: (chat, words) => quiet(chat, "unmute", words) },
  {
    name: "block",
    takes: "[NAME]",
    about: "show nothing that somebody says, for you only",
    run: (chat, words) => quiet(chat, "block", words),
  },
  { name: "requests", about: "who wants to talk and is no contact", run: requests },
  { name: "accept", takes: "NAME", about: "talk with somebody who asked for it", run: accept },
  { name: "unblock", takes: "NAME", about: "show it again", run: (chat, words) => quiet(chat, "unblock", words) },
];

async function create(chat: Chat, [name, how]: readonly string[]): Promise<void> {
  if (name === undefined || (how !== undefined && how !== "readers" && how !== "private"))
    return chat.screen.quiet(
      "/create wants a name: /create garden; or /create news readers, where the others only read; or /create attic private, which only those read to whom you give a role",
    );
  const made = await chat.door.api.create({ name, ...(how === undefined ? {} : { [how]: true }) });
  chat.learn({ id: made.channelId, name: made.name });
  await chat.show(channelLabel({ id: made.channelId, name: made.name }));
  chat.screen.quiet(
    how === "private"
      ? "it is yours, and sealed. Give others a role first (/grant NAME member); then they come in with this:"
      : "it is yours. Others come in with this, and an address of somebody who is in it:",
  );
  chat.screen.print(`  /join ${safeText(made.link)}`);
}

async function members(chat: Chat, [name]: readonly string[]): Promise<void> {
  const channel = chat.channelOr(name);
  if (channel === null) return;
  const view = (await chat.door.api.channels()).find((each) => channelLabel(each) === channel || each.id === channel);
  if (view === undefined || view.role === null)
    return chat.screen.quiet(`nobody owns ${safeText(channel)}, so there are no roles in it: /who tells who is here`);
  const all = (await chat.door.api.members({ channel })).filter(({ role }) => role !== null);
  const lines = all.map((member) => `  ${safeText(member.name)}  ${memberRoleWord(member)}`);
  chat.screen.print(
    `In ${safeText(channel)} you are ${roleWords(view.role)}; besides you:`,
    ...(lines.length === 0 ? ["  nobody yet"] : lines),
  );
}

async function grant(chat: Chat, [node, role, more]: readonly string[]): Promise<void> {
  const isOdd = more !== undefined && more !== "history";
  if (node === undefined || isOdd || (role !== "admin" && role !== "member" && role !== "reader"))
    return chat.screen.quiet(
      "/grant wants a name and a role: /grant ada~3F2A admin (or member, or reader); with history also what was said before",
    );
  const channel = chat.channelOr(undefined);
  if (channel === null) return;
  const { name, changed } = await chat.door.api.grant({ channel, node, role, ...(more === undefined ? {} : { history: true }) });
  if (!changed) chat.screen.quiet(`${safeText(name)} is ${roleWords(role)} already`);
}

/** What comes of it is told by the event, which all others hear too. */
async function act(chat: Chat, what: RoleAct, [node]: readonly string[]): Promise<void> {
  if (node === undefined) return chat.screen.quiet(`/${what} wants a name: /${what} ada~3F2A; /members lists them`);
  const channel = chat.channelOr(undefined);
  if (channel !== null) await chat.door.api[what]({ channel, node });
}

async function quiet(chat: Chat, what: QuietAct, [node]: readonly string[]): Promise<void> {
  if (node === undefined) return list(chat);
  const { name, quiet: how } = await chat.door.api[what]({ node });
  const called = safeText(name);
  if (how === null) return chat.screen.quiet(`what ${called} says is shown again`);
  const does = how === "muted" ? "is folded" : "is not shown";
  chat.screen.quiet(`what ${called} says ${does} from now on, for you only; /un${what} ${called} undoes it`);
}

async function list(chat: Chat): Promise<void> {
  const all = await chat.door.api.quiet();
  if (all.length === 0) return chat.screen.quiet("you have muted and blocked nobody: /mute ada~3F2A, or /block ada~3F2A");
  chat.screen.print(...all.map(({ name, quiet: how }) => `  ${safeText(name)}  ${how}`));
}

async function requests(chat: Chat): Promise<void> {
  const all = await chat.door.api.requests();
  if (all.length === 0) return chat.screen.quiet("nobody waits for an answer");
  chat.screen.print(...all.map(({ name }) => `  ${safeText(name)}`));
  chat.screen.quiet("/accept NAME takes the talk up, /block NAME never hears of it again");
}

async function accept(chat: Chat, [name]: readonly string[]): Promise<void> {
  if (name === undefined) return chat.screen.quiet("/accept wants a name: /requests shows who waits");
  const { channelId, name: talk } = await chat.door.api.accept({ node: name });
  chat.learn({ id: channelId, name: talk });
  await chat.show(channelLabel({ id: channelId, name: talk }));
}
