/** Why a node that has proved its key did not get in, and what to do about it. */
import type { HandshakeRefusal } from "./door.ts";

const REFUSALS: Record<HandshakeRefusal, string> = {
  "bad-certificate":
    "its certificate cannot be read, or is not that of its key. Its program is broken, or something on the way changes what it says",
  "certificate-expired":
    "its certificate is not valid today, by your clock. Check the date on both machines; one that a CA has signed must be renewed there (ptpchat id --csr, then --install)",
  "not-certified":
    "no CA of your --ca file has signed its certificate. Its user needs one of yours (ptpchat id --csr, then --install), or your file is not the right one",
  "wrong-node":
    "another node answers there than the one that you have known. It was set up anew, or its address belongs to somebody else now. If you expect that, connect to it anew, and verify whom you reach",
  self: "that address is your own node's. Name the address of the other side",
};

/** True for the code of a refusal; codes come as text over the node's socket. */
export function isRefusal(reason: string): reason is HandshakeRefusal {
  return Object.hasOwn(REFUSALS, reason);
}

export function refusalWords(reason: HandshakeRefusal): string {
  return `${reason}: ${REFUSALS[reason]}`;
}
