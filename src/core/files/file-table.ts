/** The files of one node: of which it gives blocks, and which it fetches. */
import type { Guid } from "../../wire/index.ts";
import type { Fetch } from "./fetch.ts";
import { Giving } from "./giving.ts";
import type { Shape } from "./layout.ts";

/** A file of which blocks are given in these channels. */
export interface Held {
  readonly shape: Shape;
  readonly channels: Set<Guid>;
}

/** By their roots. */
export class FileTable {
  readonly held = new Map<string, Held>();
  readonly fetches = new Map<string, { readonly fetch: Fetch; readonly channelId: Guid }>();
  readonly giving = new Giving();
}
