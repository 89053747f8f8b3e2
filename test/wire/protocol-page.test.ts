/** docs/PROTOCOL.md against the code that it describes. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { PAGE, withTables } from "../../scripts/protocol-tables.ts";
import { DECODE_REASONS } from "../../src/wire/index.ts";

const page = readFileSync(PAGE, "utf8");
const sections = new Set([...page.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));
const root = fileURLToPath(new URL("../../", import.meta.url));

describe("the field tables", () => {
  test("are those of the declarations; if not, run scripts/protocol-tables.ts", () => {
    expect(page).toBe(withTables(page));
  });

  test("are written anew where they are stale", () => {
    const stale = page.replace("| `msg_id` |", "| `message_id` |");
    expect(stale).not.toBe(page);
    expect(withTables(stale)).toBe(page);
  });

  test("are all there, once, and of no other verb", () => {
    expect(() => withTables(page.replace("<!-- fields:ACK -->", ""))).toThrow("no table of ACK");
    expect(() => withTables(page.replace("fields:ACK", "fields:PING"))).toThrow("PING");
    expect(() => withTables(page.replace("fields:ACK", "fields:HELLO"))).toThrow("HELLO");
  });
});

test("every reason for a drop is listed", () => {
  const declaration = /export type DropReason =([\s\S]*?);\n/.exec(readFileSync(`${root}src/core/io.ts`, "utf8"))?.[1] ?? "";
  const reasons = [...declaration.matchAll(/"([a-z-]+)"/g)].map(([, reason]) => reason);
  expect(reasons).not.toEqual([]);
  for (const reason of [...DECODE_REASONS, ...reasons]) expect(page, reason).toContain(`\`${reason}\``);
});

test("every section that the code names is there", () => {
  const named = globSync("{src,test}/**/*.ts", { cwd: root }).flatMap((file) =>
    [...readFileSync(root + file, "utf8").matchAll(/PROTOCOL\.md ((?:§[\d.]*\d(?:, | to | and )?)+)/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/§([\d.]*\d)/g)].map(([, section]) => ({ file, section })),
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ section }) => !sections.has(section))).toEqual([]);
});

test("every link to a section or a file leads somewhere", () => {
  const anchors = new Set(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
  for (const [, link = ""] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (link.startsWith("#")) expect(anchors, link).toContain(link.slice(1));
    else expect(() => readFileSync(`${root}docs/${link}`), link).not.toThrow();
  }
});
