/** The commands about what is kept of channels, for the table of commands. */
import type { Argument, Command, Option } from "./command.ts";
import { channel, json, passphraseFile } from "./options.ts";

const backupFile: Argument = { name: "FILE", about: "the backup" };
const backupPassphraseFile: Option = {
  name: "backup-passphrase-file",
  value: "FILE",
  about: "its first line is the passphrase of the backup; else you are asked",
};

export const EXPORT_FORMATS = ["jsonl", "markdown", "irc"] as const;

const file: Argument = { name: "FILE", about: "an archive that `ptpchat export` wrote (jsonl)" };

export const keeping: readonly Command[] = [
  {
    name: "search",
    summary: "find what was said",
    about: [
      "Posts that have all of the words, the newest first, whatever their case and accents; the last word may be a beginning, from three",
      "letters on. The words are marked *so*.",
    ],
    arguments: [{ name: "WORDS", about: "the words; those that begin with a dash go after `--`", rest: true }],
    options: [
      { name: "channel", value: "CH", about: "only in this channel", offers: "channels" },
      { name: "n", short: "n", value: "N", about: "so many at most, 1 to 200; default 20" },
      { name: "context", value: "N", about: "with so many messages before and after each, 0 to 10" },
      json,
    ],
    examples: ["ptpchat search good morn", "ptpchat search --channel lobby --context 1 'the plan'"],
    load: () => import("./commands/search.ts"),
  },
  {
    name: "keep",
    summary: "how much is kept of a channel, and setting it",
    about: [
      "SIZE (from 100KB on), DAYS (30d), all, or default: what --all has. What is too much goes at once, the oldest first, and is",
      "not fetched again; a mark in the history says so. More is fetched again from members that still have it.",
    ],
    arguments: [
      { ...channel, optional: true },
      {
        name: "SIZE|DAYS",
        about: "500MB, 2GB, 30d, all or default; without it, how much is kept",
        optional: true,
        offers: ["all", "default"],
      },
    ],
    options: [{ name: "all", value: "SIZE|DAYS", about: "for all channels that have no quota of their own" }, json],
    examples: ["ptpchat keep lobby 30d", "ptpchat keep lobby all", "ptpchat keep --all 1GB", "ptpchat keep lobby"],
    load: () => import("./commands/keep.ts"),
  },
  {
    name: "export",
    summary: "write all that is kept of a channel to a file",
    about: [
      "jsonl keeps every event as it goes on the wire, with its signatures: verify-archive and import read it.",
      "markdown and irc are for reading. An older file is never written over without --force.",
    ],
    arguments: [channel],
    options: [
      { name: "format", value: EXPORT_FORMATS.join("|"), about: "default jsonl", offers: EXPORT_FORMATS },
      { name: "output", short: "o", value: "FILE", about: "where to; default stdout" },
      { name: "force", about: "write over FILE" },
      json,
    ],
    examples: ["ptpchat export lobby -o lobby.jsonl", "ptpchat export lobby --format markdown > lobby.md"],
    load: () => import("./commands/export.ts"),
  },
  {
    name: "verify-archive",
    summary: "check every signature of an archive",
    about: ["Needs no node and no home. Ends with 1 when anything in it is false, and says in which lines."],
    arguments: [file],
    options: [json],
    examples: ["ptpchat verify-archive lobby.jsonl"],
    load: () => import("./commands/verify-archive.ts"),
  },
  {
    name: "import",
    summary: "take an archive into the node",
    about: [
      "Joins the channel where you are not in it. The node proves every event itself, whoever gave you the file; what is",
      "damaged is left out and named by its line, the rest goes on. Ends with 1 when anything was left out.",
    ],
    arguments: [file],
    options: [json],
    examples: ["ptpchat import lobby.jsonl"],
    load: () => import("./commands/import.ts"),
  },
  {
    name: "repair",
    summary: "make a new history of what can be read of a damaged one",
    about: [
      "Works on a home on which no node runs. Keeps what is proved, contacts and channels, and the damaged file under another name;",
      "what is lost comes from members once the node runs again. Changes nothing where nothing is damaged.",
    ],
    arguments: [],
    options: [passphraseFile, json],
    examples: ["ptpchat repair"],
    load: () => import("./commands/repair.ts"),
  },
  {
    name: "backup",
    summary: "write who you are, contacts and channels into one encrypted file",
    about: [
      "A node may run meanwhile. The file is under a passphrase of its own, which is asked for and cannot be found again.",
      "The history is in it; files that others sent are not.",
    ],
    arguments: [backupFile],
    options: [{ name: "force", about: "write over a file that is there" }, passphraseFile, backupPassphraseFile, json],
    examples: ["ptpchat backup ~/ptpchat.backup"],
    load: () => import("./commands/backup.ts"),
  },
  {
    name: "restore",
    summary: "make a home of a backup",
    about: [
      "Into a home in which nobody is: name one with --home. The node goes on in new logs, and members bring what came later.",
      "Keys that were under a passphrase still are. Run only one of the two nodes.",
    ],
    arguments: [backupFile],
    options: [backupPassphraseFile, passphraseFile, json],
    examples: ["ptpchat restore ~/ptpchat.backup", "ptpchat restore ~/ptpchat.backup --home ~/second"],
    load: () => import("./commands/restore.ts"),
  },
];
