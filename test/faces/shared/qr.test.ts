import { encode } from "uqr";
import { describe, expect, test } from "vitest";
import { qrLines } from "../../../src/faces/shared/qr.ts";

const ID = "0BRW0AE6YWEA3QPNTDMSMERPAXTX0A0VFPPYERY67MMN1EDQBCWG";
const PIXELS: Readonly<Record<string, readonly [boolean, boolean]>> = {
  "█": [false, false],
  "▀": [false, true],
  "▄": [true, false],
  " ": [true, true],
};

/** What a camera would see: true for a dark module. */
function modulesOf(lines: readonly string[]): boolean[][] {
  return lines.flatMap((line) => {
    const columns = [...line].map((half) => PIXELS[half] ?? []);
    return [columns.map(([upper = false]) => upper), columns.map(([, lower = false]) => lower)];
  });
}

describe("a QR code", () => {
  test("shows the modules of the code, two rows a line, with a white border of four", () => {
    const { data, size } = encode(ID, { ecc: "M", border: 4 });
    const modules = modulesOf(qrLines(ID, false));
    expect(modules.slice(0, size)).toEqual(data);
    for (const row of [0, 1, 2, 3]) expect(modules[row]?.every((dark) => !dark)).toBe(true);
    for (const row of modules.slice(0, size)) expect([...row.slice(0, 4), ...row.slice(-4)].every((dark) => !dark)).toBe(true);
  });

  test("of a node id fits a terminal of 80 by 24", () => {
    const lines = qrLines(ID, false);
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("names its colours on each line where it may, and leaves the terminal as it was", () => {
    const plain = qrLines(ID, false);
    expect(qrLines(ID, true)).toEqual(plain.map((line) => `\u001b[97;40m${line}\u001b[0m`));
  });
});
