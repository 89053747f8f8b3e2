/** The table of commands: parsing, help and shell completion are all made from it. */
import { keeping } from "./archive-commands.ts";
import type { Command } from "./command.ts";
import { filing } from "./file-commands.ts";
import { ignoring, owning } from "./moderating.ts";
import { channel, json, node, passphraseFile, peer, start, timeout } from "./options.ts";
import { POST_COMMANDS } from "./post-commands.ts";
import { WAITS } from "./wait-of.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

const running: readonly Command[] = [
  {
    name: "chat",
    summary: "chat in this terminal (also without any command)",
    about: ["Starts a node, or attaches to the one that runs on this home.", "Without a terminal, `ptpchat` alone is `ptpchat start`."],
    arguments: [],
    options: start,
    examples: ["ptpchat", "ptpchat chat --name ada --peer chat.example.org:7667"],
    load: () => import("./commands/chat.ts"),
  },
  {
    name: "start",
    summary: "run a node in the foreground",
    about: [
      'The first line on stdout is JSON: {"ready":true,...}. The log is on stderr.',
      "SIGTERM and SIGINT say LEAVE to the channels' members and end the node within 4 s.",
    ],
    arguments: [],
    options: start,
    examples: ["ptpchat start", "ptpchat start --home /var/lib/ptpchat --listen 0.0.0.0:7667 --peer 203.0.113.5:7667"],
    load: () => import("./commands/start.ts"),
  },
  {
    name: "rendezvous",
    summary: "run a node that represents nobody and introduces others",
    about: ["Needs an address that everyone can reach. First line, log and signals as with `start`."],
    arguments: [],
    options: start,
    examples: ["ptpchat rendezvous --listen 0.0.0.0:7667"],
    load: () => import("./commands/rendezvous.ts"),
  },
  {
    name: "stop",
    summary: "end the running node",
    arguments: [],
    options: [json],
    examples: ["ptpchat stop"],
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "lock",
    summary: "end the running node, whose keys only the passphrase opens again",
    about: ["Refused where the keys are under no passphrase: anybody at this account could start the node again."],
    arguments: [],
    options: [json],
    examples: ["ptpchat lock"],
    load: () => import("./commands/lock.ts"),
  },
];

const looking: readonly Command[] = [
  {
    name: "status",
    summary: "how the node is: peers, channels, store, counters",
    arguments: [],
    options: [json],
    examples: ["ptpchat status", "ptpchat status --json"],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "id",
    summary: "who this node is: id, fingerprint, certificate",
    about: [
      "With --csr and --install the node's key gets a certificate of your organisation: the one prints a request, its CA",
      "signs that (openssl x509 -req), the other takes in the answer. --install only while no node runs on the home.",
    ],
    arguments: [],
    options: [
      { name: "qr", about: "the id as a QR code, in the place of the certificate" },
      { name: "csr", about: "print a certificate signing request (PEM)" },
      { name: "install", value: "FILE", about: "take in the certificate that a CA made of the request" },
      passphraseFile,
      json,
    ],
    examples: ["ptpchat id", "ptpchat id --qr", "ptpchat id --csr > node.csr", "ptpchat id --install node.pem"],
    load: () => import("./commands/id.ts"),
  },
  {
    name: "peers",
    summary: "the peers that the node knows",
    arguments: [],
    options: [json],
    examples: ["ptpchat peers"],
    load: () => import("./commands/peers.ts"),
  },
  {
    name: "routes",
    summary: "who can be reached over whom",
    arguments: [],
    options: [json],
    examples: ["ptpchat routes"],
    load: () => import("./commands/routes.ts"),
  },
  {
    name: "channels",
    summary: "the channels that you are in",
    arguments: [],
    options: [json],
    examples: ["ptpchat channels"],
    load: () => import("./commands/channels.ts"),
  },
  {
    name: "members",
    summary: "who is in a channel",
    arguments: [channel],
    options: [json],
    examples: ["ptpchat members lobby"],
    load: () => import("./commands/members.ts"),
  },
  {
    name: "doctor",
    summary: "what keeps the node from reaching others, and what to do",
    about: [
      "Asks neighbours at public addresses what the router does to datagrams; two of them tell it all. Takes some seconds.",
      "--lifetime also finds out for how long the router keeps a port open that nothing is sent from, which takes up to two minutes.",
      "With PEER: every way to it, and what was tried. --report leaves out who is who and where, to paste for others.",
    ],
    arguments: [{ ...peer, about: "a peer: its name, id, HOST:PORT or IP address", optional: true }],
    options: [
      { name: "lifetime", about: "for how long the router keeps an unused port open; up to two minutes" },
      { name: "report", about: "a report to paste: without ids and names, addresses shortened" },
      json,
    ],
    examples: ["ptpchat doctor", "ptpchat doctor bob~3F2A", "ptpchat doctor --report", "ptpchat doctor --lifetime"],
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "tap",
    summary: "the node's own traffic, live",
    about: ["Ends with Ctrl+C."],
    arguments: [],
    options: [json],
    examples: ["ptpchat tap", "ptpchat tap --json | jq .text"],
    load: () => import("./commands/tap.ts"),
  },
];

const talking: readonly Command[] = [
  {
    name: "join",
    summary: "join a channel, or come into one by an invite",
    about: [
      "Asks the peers named with --at, else those that announced the channel, else all configured ones.",
      "An invite is a link (ptpchat:1/...) or the four words of a code, perhaps with @HOST:PORT; each step is shown.",
    ],
    arguments: [{ ...channel, about: "a channel: #name (or just name), or a GUID; or an invite" }],
    options: [
      { name: "at", value: "PEER", about: "a peer in that channel; may be given several times", repeat: true, offers: "peers" },
      { ...timeout, about: "by an invite: give up after so many seconds; default 30" },
      json,
    ],
    examples: ["ptpchat join lobby --at 203.0.113.5:7667", "ptpchat join '#lobby'", "ptpchat join able-about-above-absent"],
    load: () => import("./commands/join.ts"),
  },
  {
    name: "leave",
    summary: "leave a channel",
    arguments: [channel],
    options: [json],
    examples: ["ptpchat leave lobby"],
    load: () => import("./commands/leave.ts"),
  },
  {
    name: "send",
    summary: "post a text",
    about: [
      "Prints the message id. Ends with 0 only when the message has come as far as --wait says.",
      "A text that begins with a dash goes after `--`.",
    ],
    arguments: [
      channel,
      { name: "TEXT", about: "the text, words joined by spaces; stdin when there is none, or `-`", optional: true, rest: true },
    ],
    options: [
      {
        name: "wait",
        value: "saved|delivered|held",
        about: "how far it must come; default saved; held: by a mailbox of somebody who is away",
        offers: WAITS,
      },
      { name: "reply", value: "ID", about: "a post that this one answers, by its id or the first 6 digits or more" },
      timeout,
      json,
    ],
    examples: [
      "ptpchat send lobby good morning",
      "ptpchat send lobby --wait delivered --timeout 5 'are you there?'",
      "uptime | ptpchat send lobby",
    ],
    load: () => import("./commands/send.ts"),
  },
  {
    name: "tail",
    summary: "read a channel",
    about: ["Prints the newest messages, oldest first, and ends; with -f it goes on."],
    arguments: [channel],
    options: [
      { name: "n", short: "n", value: "N", about: "so many messages at most, 0 to 1000; default 50" },
      {
        name: "since",
        value: "ID|TIME",
        about: "only those after a message id, or from a time on: 2026-05-01T12:00, 10m, 2h, 1d, or ms since 1970",
      },
      { name: "follow", short: "f", about: "go on with what comes" },
      json,
    ],
    examples: ["ptpchat tail lobby -n 10", "ptpchat tail lobby --since 2h", "ptpchat tail lobby -f --json | jq -r .text"],
    load: () => import("./commands/tail.ts"),
  },
];

const reaching: readonly Command[] = [
  {
    name: "connect",
    summary: "reach a peer, and see how",
    about: ["Prints every step with the milliseconds since the start, then the path won, or why there is none and what to do."],
    arguments: [{ ...peer, about: "the peer: an IP address, IP:PORT, a node id or @contact" }],
    options: [{ name: "via", value: "HOST:PORT", about: "a peer of both that introduces you (CONNECT)", offers: "peers" }, timeout, json],
    examples: ["ptpchat connect 198.51.100.7:7667", "ptpchat connect 198.51.100.7 --via 203.0.113.5:7667"],
    load: () => import("./commands/connect.ts"),
  },
  {
    name: "getcertificate",
    summary: "ask a peer for its certificate",
    arguments: [peer],
    options: [timeout, json],
    examples: ["ptpchat getcertificate 203.0.113.5:7667 | openssl x509 -noout -text"],
    load: () => import("./commands/getcertificate.ts"),
  },
  {
    name: "getkey",
    summary: "ask a peer for the key of a channel",
    arguments: [channel, peer],
    options: [timeout, json],
    examples: ["ptpchat getkey lobby 203.0.113.5:7667"],
    load: () => import("./commands/getkey.ts"),
  },
  {
    name: "key",
    summary: "give a peer a key of a channel",
    arguments: [
      channel,
      peer,
      { name: "CIPHER", about: "what the key is for, as both of you call it" },
      { name: "KEY", about: "the key; stdin when it is `-`, which keeps it out of the list of processes" },
    ],
    options: [timeout, json],
    examples: ["ptpchat key lobby 203.0.113.5:7667 aes-256-gcm - < key.txt"],
    load: () => import("./commands/key.ts"),
  },
];

const trusting: readonly Command[] = [
  {
    name: "verify",
    summary: "make sure that a node is who you take it for",
    about: [
      "Prints a safety number, which the other side must see as well: compare all of it where nobody can pretend to be them.",
      "Then --confirm marks the contact as verified.",
    ],
    arguments: [node],
    options: [
      { name: "qr", about: "show the number as a QR code too" },
      { name: "confirm", about: "you have compared it: mark the contact as verified" },
      { name: "scanned", value: "DIGITS", about: "what you scanned from their QR code: the same, and the contact is verified" },
      json,
    ],
    examples: ["ptpchat verify @bob", "ptpchat verify @bob --qr", "ptpchat verify @bob --confirm"],
    load: () => import("./commands/verify.ts"),
  },
  {
    name: "contact",
    summary: "give nodes names of your own",
    about: [
      "add NODE NAME, list, or remove NAME. @NAME then stands for the node.",
      "add --words NAME prints four words; whoever you say them to adds you with them: add WORDS NAME. Both are verified then.",
      "policy NAME direct|relay|lan: reach it by every path, over relays only (it never sees where you are), or on the same network only.",
    ],
    arguments: [
      { name: "add|list|remove|policy", about: "what to do", offers: ["add", "list", "remove", "policy"] },
      { name: "NODE", about: "a node's id, or the words of a code; or the name of a contact", optional: true, offers: "contacts" },
      { name: "NAME", about: "the name that you give it; or the policy", optional: true },
    ],
    options: [{ name: "words", about: "add: by a word code, which is printed" }, timeout, json],
    examples: [
      "ptpchat contact add 0BRW0AE6YWEA3QPNTDMSMERPAXTX0A0VFPPYERY67MMN1EDQBCWG bob",
      "ptpchat contact add --words bob",
      "ptpchat contact add able-about-above-absent ada",
      "ptpchat contact list",
      "ptpchat contact policy bob relay",
      "ptpchat contact remove bob",
    ],
    load: () => import("./commands/contact.ts"),
  },
  {
    name: "passphrase",
    summary: "put the keys under a passphrase, change it, or take it away",
    about: [
      "Works on a home on which no node runs. Asks for the old passphrase and the new one; nothing of them is shown.",
      "A passphrase that is forgotten cannot be found again, and with it are lost the identity and the history.",
    ],
    arguments: [],
    options: [
      { name: "remove", about: "take it away: whoever can read your files has the keys then" },
      passphraseFile,
      { name: "new-passphrase-file", value: "FILE", about: "its first line is the new passphrase; else you are asked" },
      json,
    ],
    examples: ["ptpchat passphrase", "ptpchat passphrase --remove"],
    load: () => import("./commands/passphrase.ts"),
  },
];

const other: readonly Command[] = [
  {
    name: "completion",
    summary: "print a shell's completion script",
    arguments: [{ name: "SHELL", about: "bash, zsh or fish", offers: SHELLS }],
    options: [],
    examples: ["source <(ptpchat completion bash)", "ptpchat completion fish > ~/.config/fish/completions/ptpchat.fish"],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "help",
    summary: "show help, of one command or of all",
    arguments: [{ name: "COMMAND", about: "a command", optional: true }],
    options: [],
    examples: ["ptpchat help send"],
    load: () => import("./commands/help.ts"),
  },
  {
    name: "version",
    summary: "print the version",
    arguments: [],
    options: [json],
    examples: ["ptpchat version"],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "__complete",
    summary: "what may follow these words, for the completion scripts",
    arguments: [{ name: "WORDS", about: "the words so far, the one being typed last", optional: true, rest: true }],
    options: [],
    examples: [],
    hidden: true,
    load: () => import("./commands/complete.ts"),
  },
];

/** The groups as the overview shows them. */
export const GROUPS: readonly (readonly [string, readonly Command[]])[] = [
  ["Talk", [...running.slice(0, 1), ...talking, ...POST_COMMANDS, ...filing]],
  ["Own", owning],
  ["Run", running.slice(1)],
  ["Look", looking],
  ["Reach", reaching],
  ["Keep", keeping],
  ["Trust", [...trusting, ...ignoring]],
  ["Other", other],
];

export const COMMANDS: readonly Command[] = GROUPS.flatMap(([, commands]) => commands);

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
