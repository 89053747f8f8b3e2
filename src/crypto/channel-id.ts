/** Identifiers that are hashes. PROTOCOL.md §3. */
import type { Crypto } from "./port.ts";

const encoder = new TextEncoder();

/**
 * The 32 bytes that name the open channel `#name` in both planes: SHA-256 of `ptpchat/1 open`, a zero byte and the
 * name in NFC and lower case. The channel's GUID is made of their first 16 bytes as a UUIDv8.
 */
export function openChannelHash(crypto: Crypto, name: string): Uint8Array {
  return crypto.sha256(encoder.encode(`ptpchat/1 open\0${normalName(name)}`));
}

/** A channel's name as it is compared: NFC, lower case. */
export function normalName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The 32 bytes from which old programs get a GUID for our node. */
export function nodeGuidHash(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(publicKey);
}
