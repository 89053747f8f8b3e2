/** What a member says to the invite in a JOIN. On the wire, so stable. PROTOCOL.md §20.3. */
export const VERDICTS = [
  "admitted", // the joiner has the role: by this, or already
  "expired",
  "used", // as many as it is for have come in by it
  "revoked", // an owner or admin has ended it
  "removed", // an owner or admin has taken the joiner's role: an invite does not give it back
  "unknown", // an owner or admin who knows no such invite
  "proof", // not made for this session, or by another key
  "unable", // the sender is no owner or admin, or does not know yet whether it is
  "busy", // its disk does not take it now
] as const;
export type Verdict = (typeof VERDICTS)[number];

export function verdictOf(word: string): Verdict | null {
  return VERDICTS.find((each) => each === word) ?? null;
}
