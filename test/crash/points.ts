/** Where a daemon is killed: the places between a text that is typed and an ACK that has left. */

/** In the order in which an author, and then a receiver, comes by them. */
export const POINTS = [
  // ---- append: the author's main thread ----
  "append: before the batch goes to the writer",
  "append: once the batch is with the writer",
  // ---- commit: the writer's thread, at either end ----
  "commit: begun",
  "commit: between two rows",
  "commit: all written, not committed",
  "commit: done, nobody told",
  "commit: while the search index is filled",
  // ---- told: the author's user ----
  "told: committed, the answer not written",
  "told: the answer written",
  // ---- acknowledge: the receiver's main thread ----
  "acknowledge: committed, the core not told",
  "acknowledge: before the ACK leaves",
  "acknowledge: once the ACK has left",
  // ---- start: the main thread, and the writer's ----
  "start: while a new store is made",
  "start: while the store is opened",
  // ---- anywhere: by the parent, at any moment ----
  "anywhere",
] as const;

export type Point = (typeof POINTS)[number];

/** Whose life it is that ends there: who writes, who gets, or either. */
export type Role = "author" | "receiver" | "either";

export function roleAt(point: Point): Role {
  const [part] = point.split(":");
  if (part === "append" || part === "told") return "author";
  return part === "acknowledge" ? "receiver" : "either";
}

/** What the parent tells a daemon: to die at a point, after having come by it so often. */
export interface Arming {
  readonly point: Point;
  readonly after: number;
}
