/** The commands for channels with an owner, and for whom one does not want to hear. A part of the table in `commands.ts`. */
import type { Argument, Command } from "./command.ts";
import { channel, json, node } from "./options.ts";

const anybody: Argument = { ...node, optional: true };

/** @param run - which function of `commands/roles.ts` carries it out */
function role(name: "revoke" | "kick" | "ban" | "unban", summary: string, about: readonly string[], example: string): Command {
  return {
    name,
    summary,
    about,
    arguments: [channel, node],
    options: [json],
    examples: [example],
    load: async () => ({ run: (await import("./commands/roles.ts"))[name] }),
  };
}

function quiet(name: "mute" | "unmute" | "block" | "unblock", summary: string, argument: Argument, about: readonly string[] = []): Command {
  return {
    name,
    summary,
    about,
    arguments: [argument],
    options: [json],
    examples: [`ptpchat ${name} ada~3F2A`],
    load: async () => ({ run: (await import("./commands/quiet.ts"))[name] }),
  };
}

export const owning: readonly Command[] = [
  {
    name: "create",
    summary: "make a channel of your own",
    about: ["Prints what others join it by. You own it: you give and take roles in it, and so do your admins."],
    arguments: [{ name: "NAME", about: "what it is called; others may call theirs the same" }],
    options: [
      { name: "readers", about: "the others only read, until they are given more" },
      { name: "private", about: "sealed: only those to whom you give a role can read it, or know who is in it" },
      { name: "no-history", about: "with --private: nobody can ever be shown what was said before he came" },
      json,
    ],
    examples: ["ptpchat create garden", "ptpchat create news --readers", "ptpchat create attic --private"],
    load: () => import("./commands/create.ts"),
  },
  {
    name: "invite",
    summary: "let others into a channel of yours, by a link or four words",
    about: [
      "Prints a link: whoever has it comes in with it (ptpchat join LINK), also while you are offline, if an admin is online.",
      "--words prints four words instead, to be said: good for 10 minutes, once, while this node runs.",
    ],
    arguments: [channel],
    options: [
      { name: "role", value: "ROLE", about: "what they are then: member (default) or reader", offers: ["member", "reader"] },
      { name: "uses", value: "N", about: "how many may come by it; default 1" },
      { name: "for", value: "SPAN", about: "how long it is good for: 30m, 12h, 7d (default)" },
      { name: "history", about: "they also read what was said before, in a private channel" },
      { name: "qr", about: "show the link as a QR code too" },
      { name: "words", about: "four words instead of the link" },
      { name: "list", about: "the invites so far" },
      { name: "revoke", value: "ID", about: "end one: nobody comes in by it any more" },
      json,
    ],
    examples: ["ptpchat invite garden", "ptpchat invite garden --uses 20 --for 30d --qr", "ptpchat invite garden --words"],
    load: () => import("./commands/invite.ts"),
  },
  {
    name: "grant",
    summary: "give a node a role in a channel",
    about: [
      "admin: gives and takes roles, but for admins. member: writes. reader: reads.",
      "A lower role than it has ends what it said as the higher.",
    ],
    arguments: [channel, node, { name: "ROLE", about: "admin, member or reader", offers: ["admin", "member", "reader"] }],
    options: [{ name: "history", about: "also to read what was said before, in a private channel" }, json],
    examples: ["ptpchat grant garden ada~3F2A admin", "ptpchat grant news @bob member", "ptpchat grant attic @bob member --history"],
    load: async () => ({ run: (await import("./commands/roles.ts")).grant }),
  },
  role(
    "revoke",
    "take a role that was given",
    ["The node has the role that everybody has. What it said so far stands."],
    "ptpchat revoke garden ada~3F2A",
  ),
  role(
    "kick",
    "remove a node from a channel",
    ["What it said so far stands; what it says from now on counts nowhere, until somebody lets it in again (unban, grant)."],
    "ptpchat kick garden ada~3F2A",
  ),
  role(
    "ban",
    "remove a node, which only the owner lets in again",
    ["For the owner alone. As kick, but no admin lets it in again."],
    "ptpchat ban garden ada~3F2A",
  ),
  role("unban", "let a node in again that was removed", ["With the role that everybody has."], "ptpchat unban garden ada~3F2A"),
];

export const ignoring: readonly Command[] = [
  {
    name: "mailbox",
    summary: "contacts that keep what is left for you while you are away",
    about: [
      "What members of private channels and talks say while you are away is left there, sealed: a mailbox sees lengths and times, and",
      "nothing else. It runs with --mailbox on, and you are a contact of its. Three at most; kept for 30 days.",
    ],
    arguments: [
      { name: "add|list|remove", about: "what to do; else list", optional: true, offers: ["add", "list", "remove"] },
      { name: "NODE", about: "a contact", optional: true, offers: "contacts" },
    ],
    options: [json],
    examples: ["ptpchat mailbox add @mia", "ptpchat mailbox"],
    load: () => import("./commands/mailbox.ts"),
  },
  {
    name: "requests",
    summary: "who wants to talk and is no contact",
    about: ["What they say waits with them. Take the talk up with accept, or never hear of it again with block."],
    arguments: [],
    options: [json],
    examples: ["ptpchat requests"],
    load: async () => ({ run: (await import("./commands/requests.ts")).list }),
  },
  {
    name: "accept",
    summary: "take up the talk with a node that asked for it",
    arguments: [node],
    options: [json],
    examples: ["ptpchat accept ada~3F2A"],
    load: async () => ({ run: (await import("./commands/requests.ts")).accept }),
  },
  quiet("mute", "fold what a node says, for you only; without NODE: whom you muted and blocked", anybody, [
    "It is kept and passed on as ever, and nobody learns of it.",
  ]),
  quiet("unmute", "show again what it says", node),
  quiet("block", "show nothing that a node says, for you only", anybody, [
    "Its reactions neither. It is kept and passed on as ever, and nobody learns of it.",
  ]),
  quiet("unblock", "show again what it says", node),
];
