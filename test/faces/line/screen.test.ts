import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Screen } from "../../../src/faces/line/screen.ts";

const COLUMNS = 20;

/** What a terminal of 20 columns shows of the bytes it got: enough of one for what readline writes. */
function screenOf(bytes: string): string[] {
  const rows: string[] = [""];
  let [row, column] = [0, 0];
  const at = () => rows[row] ?? "";
  for (const [part, ...groups] of bytes.matchAll(/\x1b\[(\d*)([A-Z])|\x1b\[\?\d+[hl]|\x1b\[\d*m|[\s\S]/g)) {
    const [count, command] = [Number(groups[0] || 1), groups[1]];
    if (command === "A") row = Math.max(0, row - count);
    else if (command === "B") row += count;
    else if (command === "C") column += count;
    else if (command === "D") column = Math.max(0, column - count);
    else if (command === "G") column = count - 1;
    else if (command === "J") {
      rows.splice(row + 1);
      rows[row] = at().slice(0, column);
    } else if (command === "K") rows[row] = at().slice(0, column);
    else if (part === "\r") column = 0;
    else if (part === "\n") [row, column] = [row + 1, 0];
    else if (!part.startsWith("\x1b")) {
      if (column === COLUMNS) [row, column] = [row + 1, 0];
      rows[row] = at().padEnd(column).slice(0, column) + part + at().slice(column + 1);
      column++;
    }
    while (rows.length <= row) rows.push("");
  }
  return rows;
}

function open(terminal = true) {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns: COLUMNS, rows: 10 });
  const [lines, shown]: [string[], string[]] = [[], []];
  let ended = 0;
  output.setEncoding("utf8").on("data", (text: string) => shown.push(text));
  const screen = new Screen(
    { input, output, terminal, colour: false },
    { onLine: (line) => lines.push(line), onEnd: () => ended++, complete: (line) => (line === "/jo" ? ["/join "] : []) },
  );
  screen.begin();
  return {
    screen,
    lines,
    ended: () => ended,
    rows: () => screenOf(shown.join("")),
    bytes: () => shown.join(""),
    async type(text: string) {
      input.write(text);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    },
  };
}

test("what comes is printed above the line being typed, which stays, with the cursor where it was", async () => {
  const { screen, rows, lines, type } = open();
  screen.setPrompt("#x> ");
  await type("helo");
  await type("\x1b[D"); // one to the left
  screen.print("12:00 bob: hi");
  expect(rows()).toEqual(["12:00 bob: hi", "#x> helo"]);
  await type("l\r");
  expect(lines).toEqual(["hello"]);
});

test.each([
  ["typed", [..."this line is longer than the twenty columns of the terminal"]],
  ["pasted", ["this line is longer than the twenty columns of the terminal"]],
])("a line of several rows stays whole too when it was %s", async (_, paste) => {
  const { screen, rows, lines, type } = open();
  const text = "this line is longer than the twenty columns of the terminal";
  for (const part of paste) await type(part);
  screen.print("one", "two");
  screen.print("three");
  expect(rows().map((row) => row.trimEnd())).toEqual([
    "one",
    "two",
    "three",
    ...(`> ${text}`.match(/.{1,20}/g) ?? []).map((row) => row.trimEnd()),
  ]);
  await type("\r");
  expect(lines).toEqual([text]);
});

test("Ctrl+C clears the line first and ends on an empty one, Ctrl+D ends, Tab completes", async () => {
  const first = open();
  await first.type("abc\x03");
  expect(first.ended()).toBe(0);
  for (const keys of ["/jo", "\t", "#a\r"]) await first.type(keys);
  expect(first.lines).toEqual(["/join #a"]);
  await first.type("\x03");
  expect(first.ended()).toBe(1);
  const second = open();
  await second.type("\x04");
  expect(second.ended()).toBe(1);
});

test("without a terminal there are lines and nothing else", async () => {
  const { screen, bytes, type, lines } = open(false);
  await type("hello\n");
  screen.quiet("a");
  screen.setPrompt("#x> ");
  screen.print("b");
  expect(lines).toEqual(["hello"]);
  expect(bytes()).toBe("-- a\nb\n");
});
