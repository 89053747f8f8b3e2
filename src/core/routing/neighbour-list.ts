/**
 * A node's signed list of neighbours: those to whom it carries for others. PROTOCOL.md §17.1. What is signed are the
 * values, each with its length before it (PROTOCOL.md §13.4):
 *
 *   "ptpchat/1 routing" | node 32 | seq u64 | exp u64 | 32 for each neighbour, in the order of the list
 */
import type { Crypto, Ed25519KeyPair } from "../../crypto/index.ts";
import { type BodyOf, LIST_EXPIRY_MAX, type NodeId, type Signature } from "../../wire/index.ts";
import { PREFIX, type SignedValue, sign, verify } from "../log/signing.ts";
import { fromBase32, fromBase64url, toBase64url } from "../log/text-form.ts";

/** One as it travels, and as it is kept: it is passed on as it came. */
export type NeighbourList = NonNullable<BodyOf<"ROUTING">["ptp"]>;

export function signList(crypto: Crypto, key: Ed25519KeyPair, node: NodeId, seq: number, nb: readonly NodeId[]): NeighbourList {
  const content = { node, seq, exp: LIST_EXPIRY_MAX, nb: [...nb] };
  return { ...content, sig: toBase64url(sign(crypto, key, PREFIX.neighbours, valuesOf(content))) as Signature };
}

/** True when the node whose list it is has signed it. */
export function isListSigned(crypto: Crypto, list: NeighbourList): boolean {
  return verify(crypto, fromBase64url(list.sig), fromBase32(list.node), PREFIX.neighbours, valuesOf(list));
}

/** What no signature makes right: a node beside itself, or one named twice. */
export function isSound({ node, nb }: NeighbourList): boolean {
  return new Set([node, ...nb]).size === nb.length + 1;
}

function valuesOf({ node, seq, exp, nb }: Omit<NeighbourList, "sig">): SignedValue[] {
  return [fromBase32(node), seq, exp, ...nb.map(fromBase32)];
}
