import { execFileSync } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { passphraseSource, readPassphrase } from "../../src/app/passphrase.ts";
import { directory } from "./running.ts";

function file(content: string | Uint8Array): string {
  const path = join(directory(), "passphrase");
  writeFileSync(path, content);
  return path;
}

describe("a passphrase comes", () => {
  test("from the file that was named, before the one of the environment, and before a person", async () => {
    const [named, environment] = [file("named one"), file("of the environment")];
    const ask = async () => "typed one";
    const source = passphraseSource(named, ask, { PTPCHAT_PASSPHRASE_FILE: environment });
    expect([source.configured, await source.get()]).toEqual([true, "named one"]);
    expect(await passphraseSource(undefined, ask, { PTPCHAT_PASSPHRASE_FILE: environment }).get()).toBe("of the environment");
    const typed = passphraseSource(undefined, ask, { PTPCHAT_PASSPHRASE_FILE: "" });
    expect([typed.configured, await typed.get()]).toEqual([false, "typed one"]);
  });

  test("never from the environment itself", async () => {
    const source = passphraseSource(undefined, undefined, { PTPCHAT_PASSPHRASE: "secret" });
    await expect(source.get()).rejects.toMatchObject({ code: "passphrase-needed", message: expect.stringContaining("--passphrase-file") });
  });

  test.each([
    ["one line", "grüne Wiese\n", "grüne Wiese"],
    ["a line without an end", "a passphrase", "a passphrase"],
    ["a line of Windows", "a passphrase\r\n", "a passphrase"],
    ["a line and empty ones", "a passphrase\n\n", "a passphrase"],
    ["a line with spaces, which count", "  a passphrase \n", "  a passphrase "],
  ])("from %s", async (_what, content, passphrase) => {
    expect(await readPassphrase(file(content))).toBe(passphrase);
  });

  test.skipIf(process.platform === "win32")("from a pipe, as a shell's <( ) makes one, in pieces too", async () => {
    const pipe = join(directory(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const read = readPassphrase(pipe);
    const writer = createWriteStream(pipe);
    writer.write("a pass");
    writer.end("phrase\n");
    expect(await read).toBe("a passphrase");
  });
});

describe("no passphrase comes", () => {
  test.each([
    ["an empty file", ""],
    ["an empty line", "\n"],
    ["two lines", "one\ntwo\n"],
    ["more than a passphrase may be", "x".repeat(2_000)],
    ["what is no text", Uint8Array.of(0x66, 0xff, 0xfe)],
  ])("from %s", async (_what, content) => {
    const path = file(content);
    await expect(readPassphrase(path)).rejects.toMatchObject({ code: "passphrase-needed", message: expect.stringContaining(path) });
  });

  test("from a file that is not there, or is a directory", async () => {
    const dir = directory();
    mkdirSync(join(dir, "folder"));
    await expect(readPassphrase(join(dir, "nowhere"))).rejects.toMatchObject({ code: "passphrase-needed", reason: "ENOENT" });
    await expect(readPassphrase(join(dir, "folder"))).rejects.toMatchObject({ code: "passphrase-needed", reason: "EISDIR" });
  });
});
