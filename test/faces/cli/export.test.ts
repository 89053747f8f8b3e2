import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiError, type ArchiveEntry } from "../../../src/app/api.ts";
import { NewFile } from "../../../src/app/new-file.ts";
import { directory } from "../../app/running.ts";
import { entry, FakeNode, HEAD, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

function archived(text: string, changes: Partial<ArchiveEntry["entry"]> = {}): ArchiveEntry {
  const shown = entry({ text, verified: true, authorName: "ada~3F2A", at: new Date(2026, 4, 1, 12, 0, 3).getTime(), ...changes });
  return { entry: shown, message: { msg_type: "MESSAGE", msg_data: { channel_id: LOBBY, message: text } } };
}

const ENTRIES = [
  archived("# no heading\n> no *quote*"),
  archived("\u001b[2J\u202e", { authorName: "?192.0.2.1:1", verified: false }),
  archived("later", { at: new Date(2026, 4, 2, 9, 5, 0).getTime(), kind: "edit" }),
];

/** A node whose channel has these entries, one on a page. */
function withPages(entries: readonly ArchiveEntry[] = ENTRIES): FakeNode {
  return new FakeNode({
    archive: async ({ after = "0" }) => {
      const at = Number(after);
      return { head: HEAD, entries: entries.slice(at, at + 1), next: at + 1 < entries.length ? `${at + 1}` : null };
    },
  });
}

describe("export", () => {
  test("as jsonl is a head, every message as on the wire, and an end that counts them", async () => {
    const { code, out } = await run(["export", "lobby"], { node: withPages() });
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([HEAD, ...ENTRIES.map(({ message }) => message), { end: true, messages: 3 }]);
  });

  test("as markdown quotes what was said, so that no text is a heading or a name", async () => {
    const { out } = await run(["export", "lobby", "--format", "markdown"], { node: withPages() });
    expect(out).toContain("\n## 2026-05-01\n\n**ada\\~3F2A** 12:00:03\n\n> # no heading\n> > no *quote*\n");
    expect(out).toContain("**?192\\.0\\.2\\.1:1** 12:00:03 (not signed)\n\n> ␛\\[2J\\<U+202E>\n");
    expect(out).toContain("\n## 2026-05-02\n\n**ada\\~3F2A** 09:05:00\n\n> (edit) later\n");
  });

  test("as markdown has no HTML, picture, link or definition of anybody's, however it is escaped", async () => {
    const texts = ["<!-- <script>", "![](http://192.0.2.1/seen)", "\\<b> \\\\<b>", "[ada]: http://192.0.2.1", "`x`\n\n</details>"];
    const { out } = await run(["export", "lobby", "--format", "markdown"], { node: withPages(texts.map((text) => archived(text))) });
    expect(out).toContain("> \\<!-- \\<script>\n");
    expect(out).toContain("> !\\[](http://192.0.2.1/seen)\n");
    expect(out).toContain("> \\<b> \\\\\\<b>\n");
    expect(out).toContain("> \\[ada]: http://192.0.2.1\n");
    expect(out).toContain("> `x`\n>\n> \\</details>\n");
  });

  test("as jsonl is the same data in signs that do nothing to a terminal", async () => {
    const { out } = await run(["export", "lobby"], { node: withPages([archived("\u009b2J\u202e\u2028\u007f")]) });
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
    expect(JSON.parse(out.split("\n")[1] ?? "")).toMatchObject({ msg_data: { message: "\u009b2J\u202e\u2028\u007f" } });
  });

  test("as an IRC log gives every line its time and its author", async () => {
    const { out } = await run(["export", "lobby", "--format", "irc"], { node: withPages() });
    expect(out).toContain("--- Day changed 2026-05-01\n12:00:03 <ada~3F2A> # no heading\n12:00:03 <ada~3F2A> > no *quote*\n");
    expect(out).toContain("12:00:03 <?192.0.2.1:1> ␛[2J<U+202E>\n--- Day changed 2026-05-02\n09:05:00 * ada~3F2A (edit) later\n");
  });

  test("leaves nothing behind when it fails in the middle", async () => {
    const dir = directory();
    const node = new FakeNode({
      archive: async ({ after }) => {
        if (after !== undefined) throw new ApiError("store-damaged", "a page is damaged");
        return { head: HEAD, entries: ENTRIES, next: "1" };
      },
    });
    expect(await run(["export", "lobby", "-o", join(dir, "x")], { node })).toMatchObject({ code: 1, out: "" });
    expect(readdirSync(dir)).toEqual([]);
  });

  test("takes --force only with a file, and no other format", async () => {
    expect(await run(["export", "lobby", "--force"])).toMatchObject({ code: 2 });
    expect(await run(["export", "lobby", "--format", "makrdown"])).toMatchObject({ code: 2, err: expect.stringContaining("markdown?") });
  });
});

describe("a new file", () => {
  test("does not take the place of one that somebody made meanwhile", async () => {
    const path = join(directory(), "x");
    const file = await NewFile.begin(path, false);
    await file.write("ours");
    writeFileSync(path, "theirs");
    await expect(file.finish()).rejects.toMatchObject({ code: "file-exists" });
    expect(readFileSync(path, "utf8")).toBe("theirs");
    expect(readdirSync(join(path, ".."))).toEqual(["x"]);
  });

  test("cannot be made where there is no directory", async () => {
    await expect(NewFile.begin(join(directory(), "none", "x"), false)).rejects.toMatchObject({ code: "file-unwritable", reason: "ENOENT" });
  });
});
