/** To whom the user gave names of his own: for these a node keeps room, and carries what it carries for few others. PROTOCOL.md §17.2. */

/** What the core asks of whoever remembers them. */
export interface ContactNodes {
  has(nodeId: string): boolean;
  all(): Iterable<string>;
}

export const NO_CONTACTS: ContactNodes = { has: () => false, all: () => [] };
