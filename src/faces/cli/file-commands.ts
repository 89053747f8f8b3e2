/** The command about files, for the table of commands. */
import type { Command } from "./command.ts";
import { json, timeout } from "./options.ts";

export const filing: readonly Command[] = [
  {
    name: "files",
    summary: "send files, get them, see them",
    about: [
      "send CH FILE, get ID, list [CH], drop ID, keep [SIZE]. A file that is sent is kept as a sealed copy, so the original may go;",
      "members get it from you and from each other. get goes on in the node where you end it, and after a restart; a file of the same",
      "name is never written over. drop frees the space of a copy. keep: how much is kept of others' files, to be given on.",
    ],
    arguments: [
      { name: "send|get|list|drop|keep", about: "what to do", offers: ["send", "get", "list", "drop", "keep"] },
      {
        name: "CH|ID|SIZE",
        about: "a channel; a file, by its id or the first 6 digits or more; a size",
        optional: true,
        offers: "channels",
      },
      { name: "FILE", about: "the file to send", optional: true },
    ],
    options: [
      { name: "text", value: "TEXT", about: "send: what you say to it" },
      { name: "to", value: "PATH", about: "get: a directory, or the name that it is to have; default here" },
      { name: "wait", value: "saved|delivered", about: "send: how far the announcement must come", offers: ["saved", "delivered"] },
      timeout,
      json,
    ],
    examples: [
      "ptpchat files send lobby photo.jpg --text 'from yesterday'",
      "ptpchat files get 3f2a91bc --to ~/Downloads",
      "ptpchat files list lobby",
    ],
    load: () => import("./commands/files.ts"),
  },
];
