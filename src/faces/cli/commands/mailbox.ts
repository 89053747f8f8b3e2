/** `ptpchat mailbox`: contacts that keep, sealed, what others leave for you while you are away. */
import type { Api, OwnMailboxView } from "../../../app/api.ts";
import { counted } from "../../shared/counted.ts";
import { safeText } from "../../shared/safe-text.ts";
import type { Call } from "../call.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { didYouMean } from "../given.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const ACTS = {
  add: { words: ["NODE"], act: (call: Call, api: Api, node: string) => use(call, api, node, true) },
  remove: { words: ["NODE"], act: (call: Call, api: Api, node: string) => use(call, api, node, false) },
  list: { words: [], act: list },
} as const;

export async function run(call: Call): Promise<ExitCode> {
  const [name = "list", ...words] = call.given.words;
  if (!Object.hasOwn(ACTS, name))
    throw new UsageError(`mailbox has no "${safeText(name)}"`, didYouMean(name, Object.keys(ACTS)) ?? "add, list or remove");
  const { words: wanted, act } = ACTS[name as keyof typeof ACTS];
  if (words.length !== wanted.length) throw new UsageError(`mailbox ${name} wants ${wanted.join(" and ") || "no more words"}`);
  await call.withNode(({ api }) => act(call, api, words[0] ?? ""));
  return EXIT.done;
}

async function use(call: Call, api: Api, node: string, on: boolean): Promise<void> {
  const view = await api.useMailbox({ node, on });
  if (call.json) call.printJson(viewJson(view));
  else if (on)
    call.print(`${safeText(view.name)} is asked to keep what is left for you. It must run with --mailbox on, and have you as a contact`);
  else call.print(`${safeText(view.name)} is no mailbox of yours any more`);
}

async function list(call: Call, api: Api): Promise<void> {
  const { own, on, owners, parcels } = await api.mailboxes();
  if (call.json) return call.printJson({ own: own.map(viewJson), on, owners, parcels });
  if (own.length > 0)
    call.print(
      table(
        ["MAILBOX", "KEEPS", "NODE"],
        own.map(({ name, keeps, nodeId }) => [name, keepsWord(keeps), nodeId]),
      ),
    );
  else call.say("You have no mailbox. ptpchat mailbox add NODE asks a contact to be one.");
  if (on) call.print(`This node keeps ${counted(parcels, "parcel")} for ${counted(owners, "contact")}`);
}

function keepsWord(keeps: boolean | null): string {
  if (keeps === null) return "not heard yet";
  return keeps ? "yes" : "no";
}

function viewJson({ nodeId, name, keeps }: OwnMailboxView): object {
  return { node_id: nodeId, name, keeps };
}
