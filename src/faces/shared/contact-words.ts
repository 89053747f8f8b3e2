/** What is known of contacts, as people read it. */
import type { Contact } from "../../app/api.ts";
import { day } from "./span.ts";

const BY: Readonly<Record<NonNullable<Contact["verifiedBy"]>, string>> = {
  number: "by the safety number",
  qr: "by its QR code",
  code: "by a word code",
};

/** `no`, or `on 2026-05-01 by the safety number`. */
export function verifiedWords(verifiedAt: number | null, verifiedBy: Contact["verifiedBy"]): string {
  if (verifiedAt === null) return "no";
  return `on ${day(verifiedAt)}${verifiedBy === null ? "" : ` ${BY[verifiedBy]}`}`;
}

const POLICIES: Readonly<Record<Contact["policy"], string>> = {
  direct: "by every path",
  relay: "over relays only: your node does not show it where you are",
  lan: "on the same network only",
};

export function policyWords(policy: Contact["policy"]): string {
  return POLICIES[policy];
}
