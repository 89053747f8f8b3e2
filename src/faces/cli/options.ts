/** Options that several commands share. */
import type { Argument, Option } from "./command.ts";

export const home: Option = { name: "home", value: "DIR", about: "the node's home; default $PTPCHAT_HOME, else the XDG directories" };
export const json: Option = { name: "json", about: "one JSON object a line, with stable names (docs/cli.md)" };
export const help: Option = { name: "help", short: "h", about: "show this help" };

export const timeout: Option = { name: "timeout", value: "S", about: "give up after so many seconds" };

export const passphraseFile: Option = {
  name: "passphrase-file",
  value: "FILE",
  about: "its first line is the passphrase of the keys; default $PTPCHAT_PASSPHRASE_FILE, else you are asked",
};

export const channel: Argument = {
  name: "CH",
  about: "a channel: #name (or just name), @contact for a talk with one, or a GUID",
  offers: "channels",
};
export const peer: Argument = { name: "PEER", about: "a peer: HOST:PORT", offers: "peers" };
export const node: Argument = { name: "NODE", about: "a node: its id (52 letters), or @contact", offers: "contacts" };

const off = (name: string): Option => ({ name, value: "off", about: "only off: comes in a later version", offers: ["off"] });

/** What `start` and the chat take. */
export const start: readonly Option[] = [
  { name: "listen", value: "HOST:PORT", about: "where to listen (UDP, and TCP where that is on); default [::]:7667" },
  { name: "peer", value: "HOST:PORT", about: "a peer to say HELLO to; may be given several times", repeat: true },
  { name: "name", value: "NICK", about: "the name that you show" },
  passphraseFile,
  { name: "ca", value: "FILE", about: "PEM: only nodes that one of its CAs has certified get in" },
  { name: "keep", value: "SIZE|DAYS|all", about: "how much of a channel is kept, where it has no quota of its own: 500MB, 30d" },
  { name: "compat", value: "node-id", about: "the peers are old programs that put a node_id into HELLO", offers: ["node-id"] },
  { name: "lan", value: "on|off", about: "find nodes on the same network, and be found there; default on", offers: ["on", "off"] },
  { name: "map", value: "on|off", about: "ask the router to let others in, by PCP, NAT-PMP or UPnP; default on", offers: ["on", "off"] },
  { name: "tcp", value: "on|off", about: "go over TCP where UDP is blocked, and be reached so; default on", offers: ["on", "off"] },
  { name: "proxy", value: "URL", about: "open TCP connections through socks5://HOST:PORT or http://HOST:PORT; default $PTPCHAT_PROXY" },
  {
    name: "mailbox",
    value: "on|off",
    about: "keep what is left for contacts that ask for it, unread, until they fetch it; default off",
    offers: ["on", "off"],
  },
  ...["web", "irc", "dht"].map(off),
];

/** Taken by every command. */
export const common: readonly Option[] = [home, help];
