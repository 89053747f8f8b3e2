/** A module is given a bound on its memory, and keeps to it. */
import { expect, test } from "vitest";
import { bounded } from "../../../src/app/files/bounded-wasm.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const PAGE = 65_536;

/** Head; type () -> (); one memory that begins with 2 pages and names no maximum; exported as "m". */
const HEAD = "0061736d 01000000";
const MODULE = bytes(`${HEAD} 05 03 01 00 02 07 05 01 01 6d 02 00`);

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
const wasm = (globalThis as unknown as { WebAssembly: Record<"Module" | "Instance", new (of: unknown) => { exports: { m: Memory } }> })
  .WebAssembly;
const memoryOf = (module: Uint8Array) => new wasm.Instance(new wasm.Module(module)).exports.m;

test("the maximum stands in the section of the memory, byte for byte", () => {
  expect(bounded(MODULE, 300 * PAGE)).toEqual(Buffer.from(bytes(`${HEAD} 05 05 01 01 02 ac02 07 05 01 01 6d 02 00`)));
  expect(bounded(bytes(`${HEAD} 05 04 01 01 02 7f`), 5 * PAGE), "in the place of another").toEqual(
    Buffer.from(bytes(`${HEAD} 05 04 01 01 02 05`)),
  );
});

test("it begins as before, grows up to there, and no further", () => {
  const memory = memoryOf(bounded(MODULE, 4 * PAGE + PAGE / 2));
  expect(memory.buffer.byteLength).toBe(2 * PAGE);
  expect(memory.grow(2)).toBe(2);
  expect(() => memory.grow(1)).toThrow(RangeError);
  expect(memoryOf(MODULE).grow(3), "the module itself could").toBe(2);
});

test.each([
  ["begins larger", MODULE, PAGE],
  ["has no memory of its own", bytes(HEAD), 4 * PAGE],
  ["has two", bytes(`${HEAD} 05 05 02 00 01 00 01`), 4 * PAGE],
  ["ends within a number", bytes(`${HEAD} 05 83`), 4 * PAGE],
])("a module that %s is refused", (_, module, most) => {
  expect(() => bounded(module, most)).toThrow();
});
