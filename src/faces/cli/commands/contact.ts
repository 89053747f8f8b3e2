/** `ptpchat contact`: the nodes to which you gave names. */
import type { Api, Contact } from "../../../app/api.ts";
import { safeText } from "../../shared/safe-text.ts";
import { day } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { didYouMean } from "../given.ts";
import { contactJson } from "../json-views.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const ACTS = {
  add: { words: ["NODE", "NAME"], act: add },
  list: { words: [], act: list },
  remove: { words: ["NAME"], act: remove },
} as const;

export async function run(call: Call): Promise<ExitCode> {
  const [name = "", ...words] = call.given.words;
  if (!Object.hasOwn(ACTS, name))
    throw new UsageError(`contact has no "${safeText(name)}"`, didYouMean(name, Object.keys(ACTS)) ?? "add, list or remove");
  const { words: wanted, act } = ACTS[name as keyof typeof ACTS];
  if (words.length !== wanted.length) throw new UsageError(`contact ${name} wants ${wanted.join(" and ") || "no more words"}`);
  await call.withNode(({ api }) => act(call, api, words));
  return EXIT.done;
}

async function add(call: Call, api: Api, [node = "", name = ""]: readonly string[]): Promise<void> {
  const contact = await api.addContact({ node, name });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is ${contact.nodeId}. Make sure of it: ptpchat verify @${safeText(contact.name)}`);
}

async function list(call: Call, api: Api): Promise<void> {
  const contacts = (await api.contacts()).toSorted((a, b) => a.name.localeCompare(b.name));
  if (call.json) for (const contact of contacts) call.printJson(contactJson(contact));
  else if (contacts.length === 0) call.say("No contacts yet. ptpchat contact add NODE NAME makes one.");
  else call.print(table(["NAME", "VERIFIED", "NODE"], contacts.map(row)));
}

function row({ name, verifiedAt, nodeId }: Contact): readonly string[] {
  return [`@${name}`, verifiedAt === null ? "no" : day(verifiedAt), nodeId];
}

async function remove(call: Call, api: Api, [name = ""]: readonly string[]): Promise<void> {
  const contact = await api.removeContact({ name });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is no contact any more`);
}
