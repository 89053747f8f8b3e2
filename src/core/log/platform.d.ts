/** What the log needs of every platform besides core's own list; ES2024 and Node 20 have these. */
interface TextEncoder {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
interface String {
  isWellFormed(): boolean;
}
