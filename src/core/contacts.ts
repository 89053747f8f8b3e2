/** To whom the user gave names of his own: for these a node keeps room, and carries what it carries for few others. PROTOCOL.md §17.2. */

/**
 * By which paths a contact may be reached, and may reach us. `direct`: by every one. `relay`: over others only, so that our node
 * never shows it where we are. `lan`: on the same network only. PROTOCOL.md §23.3.
 */
export const PATH_POLICIES = ["direct", "relay", "lan"] as const;
export type PathPolicy = (typeof PATH_POLICIES)[number];

/** How the user made sure that a key is a contact's. */
export const VERIFIED_BY = ["number", "qr", "code"] as const;
export type VerifiedBy = (typeof VERIFIED_BY)[number];

/** What the core asks of whoever remembers them. */
export interface ContactNodes {
  has(nodeId: string): boolean;
  all(): Iterable<string>;
  /** Of whoever is no contact `direct`; absent where it is that for all. */
  policyOf?(nodeId: string): PathPolicy;
}

export const NO_CONTACTS: ContactNodes = { has: () => false, all: () => [] };
