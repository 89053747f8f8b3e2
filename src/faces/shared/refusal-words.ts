/** Why there is no session with a node that has proved its key, and what to do about it. */
import type { SessionRefusal } from "./door.ts";

const REFUSALS: Record<SessionRefusal, string> = {
  "bad-certificate":
    "its certificate cannot be read, or is not that of its key. Its program is broken, or something on the way changes what it says",
  "certificate-expired":
    "its certificate is not valid today, by your clock. Check the date on both machines; one that a CA has signed must be renewed there (ptpchat id --csr, then --install)",
  "not-certified":
    "no CA of your --ca file has signed its certificate. Its user needs one of yours (ptpchat id --csr, then --install), or your file is not the right one",
  "wrong-node":
    "another node answers there than the one that you have known. It was set up anew, or its address belongs to somebody else now. If you expect that, connect to it anew, and verify whom you reach",
  "not-let-in":
    "it has proved its key, and does not let you in. Perhaps it wants a certificate of its CA, or one of your clocks is wrong: ask its user",
  "path-policy":
    "a contact answers there that you let be reached by other paths only (ptpchat contact policy). It does not learn that it was you",
  self: "that address is your own node's. Name the address of the other side",
};

/** True for the code of a refusal; codes come as text over the node's socket. */
export function isRefusal(reason: string): reason is SessionRefusal {
  return Object.hasOwn(REFUSALS, reason);
}

export function refusalWords(reason: SessionRefusal): string {
  return `${reason}: ${REFUSALS[reason]}`;
}
