/** The 32 bytes that name a channel. Of one with a genesis they are its id. PROTOCOL.md §13.2. */
import { type Crypto, openChannelHash } from "../../crypto/index.ts";
import type { NodeId } from "../../wire/index.ts";
import type { ChannelHash } from "./event.ts";
import { PREFIX, signedBytes } from "./signing.ts";
import { fromBase32, toHex } from "./text-form.ts";

/** Of `#name`, which belongs to nobody. */
export function openHash(crypto: Crypto, name: string): ChannelHash {
  return toHex(openChannelHash(crypto, name)) as ChannelHash;
}

/** Of the channel of two nodes, the same whoever asks. */
export function dmHash(crypto: Crypto, a: NodeId, b: NodeId): ChannelHash {
  const [first, second] = a < b ? [a, b] : [b, a];
  return crypto.sha256Hex(signedBytes(PREFIX.dm, [fromBase32(first), fromBase32(second)])) as ChannelHash;
}
