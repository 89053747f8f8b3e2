/** What the log needs of every platform besides core's own list: ES2023 and 2024, native in Node 20 and in browsers since 2023. */
interface TextEncoder {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
interface String {
  isWellFormed(): boolean;
}
interface ReadonlyArray<T> {
  findLast(isIt: (entry: T) => boolean): T | undefined;
}
interface Array<T> {
  findLast(isIt: (entry: T) => boolean): T | undefined;
}
