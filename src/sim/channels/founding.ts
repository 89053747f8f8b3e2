/** How a channel of the simulator begins where somebody owns it. */
import { type ChannelHash, type Event, eventOf, GENESIS, signEvent, US_PER_MS } from "../../core/log/index.ts";
import { base32, type Crypto } from "../../crypto/index.ts";
import type { NodeId } from "../../wire/index.ts";
import type { Random } from "../random.ts";
import { EPOCH } from "./member.ts";

const FIRST_INST = "0000000000000001" as Event["inst"];

/** The event that makes a channel of the first member's, whose key its own chance decides. */
export function genesisOf(crypto: Crypto, random: Random): Event {
  const key = crypto.ed25519KeyPair(random.fork(nameAt(0)).bytes(32));
  const place = { channel: "" as ChannelHash, author: base32(key.publicKey) as NodeId, inst: FIRST_INST, seq: 1, prev: null, deps: [] };
  const details = [
    ["mode", "open"],
    ["name", "gathering"],
  ] as const;
  const genesis = eventOf(crypto, { ...place, hlc: US_PER_MS * EPOCH, kind: GENESIS, text: "", details }, null);
  if (typeof genesis === "string") throw new Error(genesis);
  return signEvent(crypto, genesis, key);
}

export function nameAt(at: number): string {
  return `m${at}`;
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
