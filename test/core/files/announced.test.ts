/** What an event announces as a file, and what is none. PROTOCOL.md §21.5. */
import { describe, expect, test } from "vitest";
import { fileDetails } from "../../../src/core/files/announced.ts";
import { type Detail, FILE_BYTES_MAX, type FileInfo, fileIn, PREVIEW_BYTES_MAX } from "../../../src/core/index.ts";

const FILE: FileInfo = {
  name: "photo.png",
  size: 2_100_000,
  type: "image/png",
  root: "ab".repeat(32),
  key: "cd".repeat(32),
  blockBytes: 262_144,
  pixels: { width: 640, height: 480 },
  preview: Buffer.from("small").toString("base64"),
};

const read = (details: readonly Detail[]) => fileIn({ kind: "file", details });
const changed = (name: string, value: string | null) =>
  read(fileDetails(FILE).flatMap((detail): Detail[] => (detail[0] !== name ? [detail] : value === null ? [] : [[name, value]])));

describe("a file in an event", () => {
  test("goes there and back, with what it may have besides and without", () => {
    expect(read(fileDetails(FILE))).toEqual(FILE);
    const plain = { ...FILE, pixels: null, preview: null };
    expect(read(fileDetails(plain))).toEqual(plain);
    expect(read([...fileDetails(FILE), ["later", "a detail of a later version"]])).toEqual(FILE);
  });

  test.each([
    ["size", `${FILE_BYTES_MAX}`],
    ["size", "0"],
    ["block", "524288"],
    ["type", "application/vnd.oasis.opendocument.text"],
  ])("may have the %s %s", (name, value) => {
    expect(changed(name, value)).not.toBeNull();
  });

  test.each([
    ["name", null],
    ["name", ""],
    ["name", "n".repeat(256)],
    ["size", null],
    ["size", "-1"],
    ["size", "1e3"],
    ["size", "01"],
    ["size", `${FILE_BYTES_MAX + 1}`],
    ["type", null],
    ["type", "image"],
    ["type", "Image/PNG"],
    ["type", `text/${"x".repeat(130)}`],
    ["root", "ab"],
    ["root", "AB".repeat(32)],
    ["key", null],
    ["key", "zz".repeat(32)],
    ["block", "0"],
    ["block", "100000"],
    ["block", "2048"],
    ["block", "1048576"],
  ])("is none with the %s %j", (name, value) => {
    expect(changed(name, value)).toBeNull();
  });

  test("of a size whose blocks are too many to be listed is none", () => {
    const huge = { ...FILE, size: FILE_BYTES_MAX, blockBytes: 4_096 };
    expect(read(fileDetails(huge))).toBeNull();
  });

  test.each([
    ["width", "0"],
    ["height", "1000001"],
    ["width", null],
  ])("is there without pixels where the %s is %j", (name, value) => {
    expect(changed(name, value)).toEqual({ ...FILE, pixels: null });
  });

  test.each(["no base64!", "A".repeat(Math.ceil(PREVIEW_BYTES_MAX / 3) * 4 + 4), "AAA"])(
    "is there without a preview that is none",
    (value) => {
      expect(changed("preview", value)).toEqual({ ...FILE, preview: null });
    },
  );

  test("is none in an event of another kind", () => {
    expect(fileIn({ kind: "post", details: fileDetails(FILE) })).toBeNull();
  });
});
