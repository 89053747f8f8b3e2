import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Option } from "../../../src/faces/cli/command.ts";
import { COMMANDS } from "../../../src/faces/cli/commands.ts";
import { DECODE_REASONS, RECORD_REASONS } from "../../../src/wire/index.ts";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/cli.md"), "utf8");

/** The words of a union type as the source declares it, a line each, to the one that ends with a semicolon. */
function wordsOf(file: string, type: string): string[] {
  const [, ...lines] =
    readFileSync(join(root, file), "utf8")
      .split(new RegExp(`^export type ${type} =$`, "m"))[1]
      ?.split("\n") ?? [];
  const last = lines.findIndex((line) => line.includes('";'));
  const words = lines.slice(0, last + 1).flatMap((line) => /^ {2}\| "([a-z-]+)"/.exec(line)?.[1] ?? []);
  expect(words.length, `the words of ${type} in ${file}`).toBeGreaterThan(1);
  return words;
}

test.each([
  ["error", wordsOf("src/app/api.ts", "ApiErrorCode")],
  ["failure of CONNECT", wordsOf("src/core/io.ts", "ConnectFailure")],
  [
    "reason why no port is mapped",
    [...wordsOf("src/net/map/gateway.ts", "NoPlace"), ...wordsOf("src/net/map/map-protocol.ts", "AskFailure"), "private-outer"],
  ],
  ["code of the store", wordsOf("src/core/store.ts", "StoreErrorCode")],
])("every %s has its place in cli.md", (_, words) => {
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
});

test("every reason to drop has its line in cli.md, and no other is named there", () => {
  const [section = ""] = page.split("\n## ").filter((part) => part.startsWith("6. "));
  const cells = [...section.matchAll(/^\| (`[^|]+)\|/gm)].map(([, cell = ""]) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9-]+)`/g)].map(([, word]) => word));
  const reasons = [
    ...wordsOf("src/core/io.ts", "DropReason"),
    ...wordsOf("src/core/io.ts", "HandshakeRefusal"),
    ...wordsOf("src/core/files/fetch.ts", "BlockRefusal"),
    ...wordsOf("src/core/log/event-message.ts", "EventReason"),
    ...wordsOf("src/core/log/event.ts", "EventFault"),
    ...wordsOf("src/core/log/receipt.ts", "RefusalReason"),
    ...RECORD_REASONS,
    ...DECODE_REASONS,
  ];
  expect(named.sort()).toEqual([...new Set(reasons)].sort());
});

test("every command and option has its place in cli.md", () => {
  const optionWord = ({ name, short }: Option) => (short === undefined ? `--${name}` : `-${short}`);
  const words = COMMANDS.filter(({ hidden }) => !hidden).flatMap(({ name, options }) => [name, ...options.map(optionWord)]);
  expect(words.filter((word) => !page.includes(word))).toEqual([]);
});
