/** Those whom a node knows, as people read of them. The names themselves come from the node: one rule for all faces. */
import type { MemberView, PathKind, PeerView } from "./door.ts";
import { safeText } from "./safe-text.ts";

/** Names in one line. */
const NAMES_SHOWN_MAX = 4;

/** A name, with a mark when the user has compared safety numbers with it: `@bob ✓`. */
export function nameWords({ name, contactVerified }: { readonly name: string; readonly contactVerified: boolean }): string {
  return `${safeText(name)}${contactVerified ? " ✓" : ""}`;
}

/** What became of a path: `direct`, `punched`, `over TCP`, `over carol~9K2P`. */
export function wayWords({ path, viaName }: { readonly path: PathKind; readonly viaName: string | null }): string {
  if (path === "tcp") return "over TCP";
  if (path !== "relay") return path;
  return viaName === null ? "over a relay" : `over ${safeText(viaName)}`;
}

/** `encrypted` between full nodes; with a bare peer nothing is. */
export function planeWords({ kind }: Pick<PeerView, "kind">): string {
  return kind === "full" ? "encrypted" : "not encrypted";
}

/** `here, encrypted`, `here, encrypted, over carol~9K2P`, `away`, and of one whose log contradicts itself `two histories`. */
export function memberWords({ state, nodeId, viaName, forked }: MemberView): string {
  const marks = forked ? ["two histories"] : [];
  if (state === "away") return ["away", ...marks].join(", ");
  const way = state === "relay" ? [`over ${viaName === null ? "a relay" : safeText(viaName)}`] : [];
  return ["here", nodeId === null ? "not encrypted" : "encrypted", ...way, ...marks].join(", ");
}

/** The first few names, and how many more there are: `ada~3F2A, @bob and 3 others`. */
export function someNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN_MAX).map(safeText);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} ${more === 1 ? "other" : "others"}`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
