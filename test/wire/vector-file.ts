/** Reads the vectors under test/vectors/, whose README.md describes them. */
import { readFileSync } from "node:fs";
import type { DecodeReason, Message } from "../../src/wire/index.ts";

export interface Vector {
  readonly name: string;
  readonly text?: string;
  readonly hex?: string;
  readonly decoded?: Message;
  readonly reason?: DecodeReason;
  readonly reencoded?: string;
  readonly ascii?: string;
}

export interface EndpointVector {
  readonly name: string;
  readonly text: string;
  readonly canonical: string | null;
}

export function readVectors<T = Vector>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), "utf8")) as T[];
}

/** The datagram of a vector, from `hex` where it has one. */
export function bytesOf(vector: Vector): Uint8Array {
  if (vector.hex !== undefined) return Uint8Array.from(Buffer.from(vector.hex, "hex"));
  return new TextEncoder().encode(vector.text);
}
