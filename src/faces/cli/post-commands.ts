/** Commands about posts that are there, and about what people and channels are called: a part of the table in `commands.ts`. */
import type { Argument, Command, Option } from "./command.ts";
import { channel, json, timeout } from "./options.ts";

const post: Argument = { name: "ID", about: "a post: its id, or the first 6 digits or more, as tail shows them" };
const wait: Option = {
  name: "wait",
  value: "saved|delivered",
  about: "how far it must come; default saved",
  offers: ["saved", "delivered"],
};
const text = (about: string): Argument => ({ name: "TEXT", about, optional: true, rest: true });

/** What is done to posts; only in channels with a name, where posts are signed. */
export const POST_COMMANDS: readonly Command[] = [
  {
    name: "edit",
    summary: "give a post of yours another text",
    about: ["Others may have read the old one. Only in a channel with a name, where posts are signed; so with the next three."],
    arguments: [post, text("the new text, words joined by spaces; stdin when there is none, or `-`")],
    options: [wait, timeout, json],
    examples: ["ptpchat edit 3f2a91bc see you at nine"],
    load: () => import("./commands/edit.ts"),
  },
  {
    name: "delete",
    summary: "take a post of yours from view",
    about: ["It is a request: others may have read it, and whoever has it can keep it."],
    arguments: [post],
    options: [wait, timeout, json],
    examples: ["ptpchat delete 3f2a91bc"],
    load: () => import("./commands/delete.ts"),
  },
  {
    name: "react",
    summary: "say something of a post in an emoji or a word",
    arguments: [post, { name: "EMOJI", about: "an emoji, or one word" }],
    options: [{ name: "off", about: "take it back" }, wait, timeout, json],
    examples: ["ptpchat react 3f2a91bc 👍", "ptpchat react 3f2a91bc 👍 --off"],
    load: () => import("./commands/react.ts"),
  },
  {
    name: "topic",
    summary: "what a channel is about",
    about: ["Shows it, or with a text says that it is about something else from now on."],
    arguments: [channel, text("what it is about, in one line")],
    options: [{ name: "clear", about: "it is about nothing any more" }, wait, timeout, json],
    examples: ["ptpchat topic lobby", "ptpchat topic lobby tea and cake"],
    load: () => import("./commands/topic.ts"),
  },
  {
    name: "nick",
    summary: "what you call yourself",
    about: ["Shows it, or with a name says in every channel that you are called so from now on."],
    arguments: [{ name: "NAME", about: "the name that you show", optional: true }],
    options: [json],
    examples: ["ptpchat nick", "ptpchat nick ada"],
    load: () => import("./commands/nick.ts"),
  },
];
