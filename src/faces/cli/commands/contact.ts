/** `ptpchat contact`: the nodes to which you gave names, how you made sure of them, and by which paths they are reached. */
import { randomBytes } from "node:crypto";
import type { Contact } from "../../../app/api.ts";
import { policyWords, verifiedWords } from "../../shared/contact-words.ts";
import type { Door } from "../../shared/door.ts";
import { CODE_ADVICE, isCode, stepWords } from "../../shared/invite-words.ts";
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
  policy: { words: ["NAME", "direct, relay or lan"], act: policy },
} as const;
const POLICIES = ["direct", "relay", "lan"] as const;
const REF_BYTES = 16;

export async function run(call: Call): Promise<ExitCode> {
  const [name = "", ...words] = call.given.words;
  if (!Object.hasOwn(ACTS, name))
    throw new UsageError(`contact has no "${safeText(name)}"`, didYouMean(name, Object.keys(ACTS)) ?? "add, list, remove or policy");
  if (call.given.flag("words")) return addByOwnCode(call, name, words);
  const { words: wanted, act } = ACTS[name as keyof typeof ACTS];
  if (words.length !== wanted.length) throw new UsageError(`contact ${name} wants ${wanted.join(" and ") || "no more words"}`);
  await call.withNode((door) => act(call, door, words));
  return EXIT.done;
}

async function add(call: Call, door: Door, [node = "", name = ""]: readonly string[]): Promise<void> {
  if (await isCode(node)) return meet(call, door, { name, code: node, role: "guest" });
  const contact = await door.api.addContact({ node, name });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is ${contact.nodeId}. Make sure of it: ptpchat verify @${safeText(contact.name)}`);
}

/** Prints a code, and waits for whoever comes with it. */
async function addByOwnCode(call: Call, act: string, [name, ...more]: readonly string[]): Promise<ExitCode> {
  if (act !== "add" || name === undefined || more.length > 0) throw new UsageError("--words goes with: contact add --words NAME");
  await call.withNode(async (door) => {
    const { code } = await door.api.newCode();
    if (call.json) call.printJson({ code });
    else call.print(safeText(code));
    call.say(`${CODE_ADVICE} They type: ptpchat contact add ${safeText(code)} NAME`);
    await meet(call, door, { name, code, role: "host" });
  });
  return EXIT.done;
}

async function meet(call: Call, { api, subscribe }: Door, request: { name: string; code: string; role: "host" | "guest" }): Promise<void> {
  const ref = randomBytes(REF_BYTES).toString("hex");
  const { timeoutMs } = call.given;
  subscribe((event) => {
    const words = event.type === "code" && event.ref === ref ? stepWords(event) : null;
    if (words !== null) call.say(words);
  });
  const contact = await api.meetContact({ ...request, ref, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is ${contact.nodeId}, verified ${verifiedWords(contact.verifiedAt, contact.verifiedBy)}`);
}

async function policy(call: Call, { api }: Door, [name = "", given = ""]: readonly string[]): Promise<void> {
  const wanted = POLICIES.find((each) => each === given);
  if (wanted === undefined) throw new UsageError(`"${safeText(given)}" is no policy`, "It is one of direct, relay, lan.");
  const contact = await api.setContactPolicy({ name, policy: wanted });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is reached ${policyWords(contact.policy)}`);
}

async function list(call: Call, { api }: Door): Promise<void> {
  const contacts = (await api.contacts()).toSorted((a, b) => a.name.localeCompare(b.name));
  if (call.json) for (const contact of contacts) call.printJson(contactJson(contact));
  else if (contacts.length === 0) call.say("No contacts yet. ptpchat contact add NODE NAME makes one.");
  else call.print(table(["NAME", "VERIFIED", "PATHS", "NODE"], contacts.map(row)));
}

function row({ name, verifiedAt, verifiedBy, policy, nodeId }: Contact): readonly string[] {
  return [`@${name}`, verifiedAt === null ? "no" : `${day(verifiedAt)} ${verifiedBy ?? ""}`, policy, nodeId];
}

async function remove(call: Call, { api }: Door, [name = ""]: readonly string[]): Promise<void> {
  const contact = await api.removeContact({ name });
  if (call.json) call.printJson(contactJson(contact));
  else call.print(`@${safeText(contact.name)} is no contact any more`);
}
