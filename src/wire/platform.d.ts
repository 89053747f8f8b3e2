/** What wire needs of every platform (Node and browsers alike), declared here so that no platform's types get in. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean });
  decode(bytes: Uint8Array): string;
}
/** ES2024: native in Node 20 and in browsers since 2023. */
interface String {
  isWellFormed(): boolean;
  toWellFormed(): string;
}
