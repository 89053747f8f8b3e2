/** Slash commands about who somebody is: safety numbers, and names of one's own. */
import { verifiedWords } from "../shared/contact-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";

/** Groups of a safety number in one line: as many as are read out in one breath. */
const LINE_GROUPS = 4;

export async function verify(chat: Chat, [node, answer]: readonly string[]): Promise<void> {
  if (node === undefined || (answer !== undefined && answer !== "yes"))
    return chat.screen.quiet("/verify wants a name: /verify ada~3F2A; and /verify @ada yes, when the numbers are the same");
  const { name, nodeId, safetyNumber, verifiedAt, verifiedBy } = await chat.door.api.verify({
    node,
    ...(answer === "yes" ? { confirm: true } : {}),
  });
  const called = safeText(name === null ? node : `@${name}`);
  if (answer === "yes") return chat.screen.quiet(`${called} is verified from now on, and marked with ✓`);
  const groups = safetyNumber.split(" ");
  const lines = Array.from({ length: Math.ceil(groups.length / LINE_GROUPS) }, (_, at) =>
    groups.slice(at * LINE_GROUPS, (at + 1) * LINE_GROUPS).join(" "),
  );
  chat.screen.print(
    `The safety number of ${called} (${nodeId}) and you:`,
    ...lines.map((line) => `    ${line}`),
    "Compare all of it with what they see, face to face or in a call: another number means that somebody is between you.",
    verifiedAt === null ? next(name, called) : `You have made sure of it ${verifiedWords(verifiedAt, verifiedBy)}.`,
  );
}

function next(name: string | null, called: string): string {
  return name === null ? `The same? Then /contact ${called} as NAME, and /verify @NAME yes` : `The same? Then /verify ${called} yes`;
}

/** `/contact ada~3F2A as ada`, or `/contact remove @ada`. */
export async function contact(chat: Chat, words: readonly string[]): Promise<void> {
  const [first, second] = words;
  if (first === "remove" && second !== undefined && words.length === 2) {
    const { name } = await chat.door.api.removeContact({ name: second });
    return chat.screen.quiet(`@${safeText(name)} is no contact any more`);
  }
  const name = second === "as" ? words[2] : second;
  if (first === undefined || name === undefined || words.length > (second === "as" ? 3 : 2))
    return chat.screen.quiet("/contact wants a name and yours for it: /contact ada~3F2A as ada; or /contact remove @ada");
  const added = await chat.door.api.addContact({ node: first, name });
  const called = `@${safeText(added.name)}`;
  chat.screen.quiet(
    `${safeText(first)} is ${called} from now on${added.verifiedAt === null ? `. Make sure of it: /verify ${called}` : ""}`,
  );
}

export async function contacts(chat: Chat): Promise<void> {
  const all = (await chat.door.api.contacts()).toSorted((a, b) => a.name.localeCompare(b.name));
  if (all.length === 0) return chat.screen.quiet("no contacts yet: /contact ada~3F2A as ada");
  chat.screen.print(...all.map(({ name, nodeId, verifiedAt }) => `  @${safeText(name)}${verifiedAt === null ? "" : " ✓"}  ${nodeId}`));
}
