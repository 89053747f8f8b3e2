/** Why an invite let nobody in, or nothing came of a word code, and what to do about it. */
import type { CodeFailure, KnockFailure } from "../core/index.ts";

/** @param label - the channel, as it is shown @param inviter - the name of whoever made the invite */
export function knockFailureWords(failure: KnockFailure, label: string, inviter: string): string {
  const again = `ask ${inviter}, or an admin of ${label}, for a new one`;
  switch (failure) {
    case "expired":
      return `the invite to ${label} has expired: ${again}`;
    case "used":
      return `the invite to ${label} is used up: as many have come in by it as it was for. If you were not one of them, tell ${inviter}; ${again}`;
    case "revoked":
      return `the invite to ${label} was revoked: ${again}`;
    case "removed":
      return `an owner or admin of ${label} has taken your role there, and an invite does not give it back: ask them`;
    case "unknown":
      return `${label} has no such invite, as far as its admin knows. Perhaps it has not heard of it yet: try again in a while, or ${again}`;
    case "proof":
      return `the proof that you hold the invite to ${label} was not taken: try again; if it stays so, ${again}`;
    case "busy":
      return `the disk of who might let you into ${label} takes nothing just now: try again in a while`;
    case "nobody":
      return `nobody of ${label} was reached, neither where the link says nor among your neighbours. It needs ${inviter} or an admin to be online: try again when one is`;
    case "no-admin":
      return `members of ${label} were reached, and none of them may let anybody in: that needs its owner or an admin to be online. Try again when one is`;
    case "not-shown":
      return `somebody said that you are in ${label}, and nobody showed you the channel with that in it. You are not in it now: try again, or tell ${inviter}`;
    case "replaced":
      return `you have begun to come into ${label} once more`;
  }
}

export function codeFailureWords(failure: CodeFailure): string {
  switch (failure) {
    case "wrong":
      return "the other side has another code: a word was mistyped, or somebody else tried to guess it. It is void now at both sides; make a new one";
    case "nobody":
      return "nobody with that code was met. Both have to be online, and know a node in common or be on one network: name one after the words (word-word-word-word@HOST:PORT). A code is good for 10 minutes and once";
    case "silent":
      return "somebody was met who said no more before the code was proved: try again, or make a new code";
    case "ended":
      return "the code was ended";
  }
}
