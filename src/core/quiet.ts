/** Whom the user does not want to hear. It is his own, and goes nowhere. PROTOCOL.md §13.9. */

/** `muted`: what the node says is shown folded. `blocked`: not at all, its reactions neither. */
export type Quiet = (typeof QUIETS)[number];
export const QUIETS = ["muted", "blocked"] as const;

/** What the core asks of whoever remembers them. */
export interface QuietNodes {
  of(nodeId: string): Quiet | null;
}

export const NOBODY_QUIET: QuietNodes = { of: () => null };
