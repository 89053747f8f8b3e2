import { spawnSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { askSecret, type SecretInput } from "../../../src/faces/shared/ask-secret.ts";

/** A terminal on which `typed` is pressed, in these pieces. */
function terminal(...typed: readonly (string | Uint8Array)[]) {
  const input = new PassThrough();
  for (const piece of typed) input.write(piece);
  const rawModes: boolean[] = [];
  let shown = "";
  return {
    input: Object.assign(input, { isTTY: true, setRawMode: (on: boolean) => rawModes.push(on) }) as unknown as SecretInput,
    output: { write: (text: string) => (shown += text) },
    rawModes,
    get shown() {
      return shown;
    },
    rest: () => String(input.read() ?? ""),
  };
}

async function asked(...typed: readonly (string | Uint8Array)[]): Promise<string> {
  const { input, output } = terminal(...typed);
  return askSecret("Passphrase: ", input, output);
}

describe("a passphrase that is typed", () => {
  test("is not shown: only the question is, and the end of its line", async () => {
    const screen = terminal("sesame open\r");
    expect(await askSecret("Passphrase: ", screen.input, screen.output)).toBe("sesame open");
    expect(screen.shown).toBe("Passphrase: \n");
    expect(screen.rawModes).toEqual([true, false]);
  });

  test.each([
    ["ends with either end of line", ["one\n"], "one"],
    ["comes in pieces, letters too", ["gr", Uint8Array.of(0xc3), Uint8Array.of(0xbc), "n\r"], "grün"],
    ["can be mended", ["sesamx\u007fe\r"], "sesame"],
    ["can be mended by whole letters", ["a🌻\u007fb\b\u007fc\r"], "c"],
    ["can be begun anew", ["wrong one\u0015right one\r"], "right one"],
    ["has nothing of arrow and function keys", ["a\u001b[Db\u001b[3~c\u001bOP\u001b[1;5Cd\r"], "abcd"],
    ["has nothing of other control keys", ["a\tb\u0001c\r"], "abc"],
    ["keeps its spaces", ["  two  spaces \r"], "  two  spaces "],
    ["may be empty", ["\r"], ""],
    ["is as long as one may be, and no longer", ["x".repeat(3_000), "\r"], "x".repeat(1_024)],
  ])("%s", async (_what, typed, passphrase) => {
    expect(await asked(...typed)).toBe(passphrase);
  });

  test("leaves what was typed ahead to the next question", async () => {
    const screen = terminal("old one\rnew one\rnew one\rrest");
    for (const passphrase of ["old one", "new one", "new one"]) expect(await askSecret("? ", screen.input, screen.output)).toBe(passphrase);
    expect(screen.rest()).toBe("rest");
  });

  test.each([
    ["Ctrl+C", "half\u0003"],
    ["Ctrl+D on nothing", "\u0004"],
  ])("is none after %s, and the terminal echoes again", async (_what, typed) => {
    const screen = terminal(typed);
    await expect(askSecret("? ", screen.input, screen.output)).rejects.toMatchObject({ code: "passphrase-needed" });
    expect(screen.rawModes).toEqual([true, false]);
  });

  test("is none where there is no terminal, or it goes away", async () => {
    const { input, output } = terminal("x\r");
    await expect(askSecret("? ", Object.assign(input, { isTTY: false }), output)).rejects.toMatchObject({ code: "passphrase-needed" });
    const gone = terminal("half");
    (gone.input as unknown as PassThrough).end();
    await expect(askSecret("? ", gone.input, gone.output)).rejects.toMatchObject({ code: "passphrase-needed" });
  });
});

const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

test.skipIf(!hasPython)("a real terminal shows nothing of what is typed, and echoes again afterwards", () => {
  const script = `
import os, pty, sys, termios
def read(fd):
    data = os.read(fd, 1024)
    if b"Passphrase" in data: os.write(fd, b"sesame open\\r")
    return data
before = []
status = pty.spawn([sys.argv[1], "--input-type=module", "-e", sys.argv[2]], read)
sys.exit(os.waitstatus_to_exitcode(status))
`;
  const asker = `
    import { askSecret } from ${JSON.stringify(new URL("../../../src/faces/shared/ask-secret.ts", import.meta.url).href)};
    const secret = await askSecret("Passphrase: ", process.stdin, process.stdout);
    process.stdout.write("length " + secret.length + ", raw " + process.stdin.isRaw + "\\n");
  `;
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script, process.execPath, asker], { encoding: "utf8", timeout: 20_000 });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("length 11, raw false");
  expect(stdout).not.toContain("sesame");
});
