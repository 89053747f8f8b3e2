/** The options of `start`, `rendezvous` and the chat, as the node wants them. */
import type { StartOptions } from "../shared/door.ts";
import type { Given } from "./given.ts";
import { UsageError } from "./usage-error.ts";

/** What later versions bring; until then only `off` is true. */
const LATER = ["web", "irc", "dht"] as const;

/** @throws UsageError for an option of a later version that is not `off`, and for another `--compat` than `node-id` */
export function startOptions(given: Given, rendezvous: boolean): StartOptions {
  for (const name of LATER) {
    const value = given.text(name);
    if (value !== undefined && value !== "off") {
      throw new UsageError(`--${name} ${value}: this version has no ${name} yet`, `Leave --${name} out, or give --${name} off.`);
    }
  }
  return {
    home: given.text("home"),
    listen: given.text("listen"),
    peers: given.list("peer"),
    name: given.text("name"),
    passphraseFile: given.text("passphrase-file"),
    caFile: given.text("ca"),
    ...(given.text("keep") === undefined ? {} : { keep: given.text("keep") }),
    compatNodeId: given.oneOf("compat", ["node-id"]) !== undefined,
    ...switchOption(given, "lan"),
    ...switchOption(given, "map"),
    ...switchOption(given, "tcp"),
    ...switchOption(given, "mailbox"),
    ...proxyOption(given),
    rendezvous,
  };
}

function proxyOption(given: Given): { proxy?: string } {
  const proxy = given.text("proxy");
  return proxy === undefined ? {} : { proxy };
}

/** Left out where nothing is said: the node knows when it is of use. */
function switchOption<Name extends "lan" | "map" | "tcp" | "mailbox">(given: Given, name: Name): { [name in Name]?: boolean } {
  const word = given.oneOf(name, ["on", "off"]);
  return word === undefined ? {} : ({ [name]: word === "on" } as { [name in Name]?: boolean });
}
