/** Names that others give to files, and what of them becomes a name on this disk. */
import { basename, join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numberedName, safeName } from "../../../src/app/files/file-name.ts";

describe("a name from elsewhere", () => {
  test.each([
    ["photo.jpg", "photo.jpg"],
    ["../../.ssh/authorized_keys", "authorized_keys"],
    ["/etc/passwd", "passwd"],
    ["C:\\Windows\\System32\\evil.dll", "evil.dll"],
    ["..", "file"],
    ["/", "file"],
    ["", "file"],
    [".bashrc", "bashrc"],
    ["...hidden", "hidden"],
    ["report.pdf. . .", "report.pdf"],
    ["a\u0000b\u001b[2Jc.txt", "ab[2Jc.txt"],
    ["gpj.\u202eexe", "gpj.exe"],
    ["zero\u200bwidth.txt", "zerowidth.txt"],
    ["line\u2028break.txt", "linebreak.txt"],
    ["con", "_con"],
    ["NUL.txt", "_NUL.txt"],
    ["com1.tar.gz", "_com1.tar.gz"],
    ["COM\u00b9", "_COM\u00b9"],
    ["console.txt", "console.txt"],
    ['a<b>:"|?*c.txt', "a_b______c.txt"],
    ["two  \t spaces.txt", "two spaces.txt"],
    ["e\u0301.txt", "\u00e9.txt"],
    ["\ud800half.txt", "half.txt"],
    ["файл.txt", "файл.txt"],
  ])("%j becomes %j", (given, name) => {
    expect(safeName(given)).toBe(name);
  });

  test("that is too long loses letters before its extension, and no half letter stays", () => {
    expect(safeName(`${"x".repeat(300)}.tar`)).toBe(`${"x".repeat(196)}.tar`);
    expect(safeName("ж".repeat(300))).toBe("ж".repeat(100));
    expect(Buffer.byteLength(safeName(`a.${"y".repeat(300)}`))).toBeLessThanOrEqual(200);
  });

  test("whatever it is stays in the directory, is not hidden, and is the same when it is made safe again", () => {
    const words = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.string({ unit: fc.constantFrom("/", "\\", ".", "a", " ", ":", "\u202e"), maxLength: 30 }),
    );
    fc.assert(
      fc.property(words, (given) => {
        const name = safeName(given);
        expect(resolve(join("/home/ada", name))).toBe(`/home/ada/${name}`);
        expect(basename(name)).toBe(name);
        expect(name).not.toMatch(/^\.|[\p{Cc}\p{Cf}\p{Cs}/\\:]|^$/u);
        expect(Buffer.byteLength(numberedName(name, 10_000))).toBeLessThanOrEqual(250);
        expect(safeName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ["photo.jpg", 1, "photo.jpg"],
  ["photo.jpg", 2, "photo-2.jpg"],
  ["archive.tar.gz", 3, "archive.tar-3.gz"],
  ["noext", 2, "noext-2"],
])("%s as number %d is %s", (name, number, numbered) => {
  expect(numberedName(name, number)).toBe(numbered);
});
