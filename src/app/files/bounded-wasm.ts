/**
 * A bound on the memory of WebAssembly. The limits of a thread do not count it, and a module that names no maximum may grow to
 * 4 GiB; here it is given one, by the section of the module that says how much it begins with.
 *
 *   00 61 73 6d 01 00 00 00              then sections: id 1, length LEB128, body
 *   section 5: count 1, flags 1, least pages LEB128, and with bit 0 of the flags most pages LEB128
 */
const PAGE_BYTES = 65_536;
const HEAD_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/** What of WebAssembly is touched; its types belong to browsers. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object;
}

/** Modules that this thread makes from now on get no more memory than that. */
export function boundWebAssembly(bytes: number): void {
  const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
  const { Module } = wasm;
  wasm.Module = class extends Module {
    constructor(module: Uint8Array) {
      super(bounded(module, bytes));
    }
  };
}

/** The same module with that maximum, in whole pages. @throws Error where it declares no memory of its own, or one that begins larger */
export function bounded(module: Uint8Array, bytes: number): Uint8Array {
  const most = Math.floor(bytes / PAGE_BYTES);
  for (let at = HEAD_BYTES; at < module.length; ) {
    const [length, body] = lebAt(module, at + 1);
    if (module[at] === MEMORY_SECTION) {
      const [least] = lebAt(module, body + 2);
      if (module[body] !== 1 || least > most) throw new Error("the module does not fit the memory that it may have");
      const section = [1, HAS_MAXIMUM, ...leb(least), ...leb(most)];
      return Buffer.concat([
        module.subarray(0, at),
        Buffer.from([MEMORY_SECTION, section.length, ...section]),
        module.subarray(body + length),
      ]);
    }
    at = body + length;
  }
  throw new Error("the module has no memory that could be bounded");
}

/** @returns the number, and where the next thing begins */
function lebAt(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let place = 0; ; place++) {
    const byte = bytes[at + place];
    if (byte === undefined || place === 5) throw new Error("the module ends within a number");
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return [value, at + place + 1];
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
