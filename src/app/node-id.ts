/** Node ids as people write them. PROTOCOL.md §3.4. */
import { base32, unbase32 } from "../crypto/index.ts";

const KEY_BYTES = 32;

/** The one form of a node id that a person typed, or null when the text is none. */
export function parseNodeId(text: string): string | null {
  const key = unbase32(text);
  return key?.length === KEY_BYTES ? base32(key) : null;
}

/** The public key that a node id is. @param nodeId - in its one form, as `parseNodeId` gives it */
export function keyOf(nodeId: string): Uint8Array {
  const key = unbase32(nodeId);
  if (key?.length !== KEY_BYTES) throw new RangeError("no node id");
  return key;
}
