/** Mailboxes, for the eye. */
import type { NodeId } from "../../wire/index.ts";
import type { NodeState } from "../state.ts";

export interface MailboxesView {
  /** Contacts that keep parcels for us; `keeps` is null while one said nothing. */
  readonly own: readonly { readonly nodeId: NodeId; readonly keeps: boolean | null }[];
  /** Whether we keep any for contacts, for how many, and how many lie here. */
  readonly on: boolean;
  readonly owners: number;
  readonly parcels: number;
}

export function viewMailboxes({ config, mailboxes }: NodeState): MailboxesView {
  const own = [...mailboxes.own.values()].map(({ stored, keeps }) => ({ nodeId: stored.nodeId, keeps }));
  const owners = [...mailboxes.owners.values()];
  return { own, on: config.mailbox === true, owners: owners.length, parcels: owners.reduce((sum, { parcels }) => sum + parcels, 0) };
}
