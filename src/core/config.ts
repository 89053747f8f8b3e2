/** What a node is given at birth. */
import type { Crypto, Ed25519KeyPair, RandomBytes } from "../crypto/index.ts";
import type { Endpoint } from "../wire/index.ts";
import type { Certificates } from "./certificates.ts";
import type { ContactNodes } from "./contacts.ts";
import type { NodeReader } from "./private/secret-store.ts";
import type { QuietNodes } from "./quiet.ts";
import type { Restored } from "./store.ts";
import type { Timestamp } from "./time.ts";

export interface NodeConfig {
  /** The key of this node, 32 bytes; its name in Crockford base32 is the node id. */
  readonly publicKey: Uint8Array;
  /** The same with its secret half, for sessions; null for a node that speaks the bare plane only. */
  readonly signingKey: Ed25519KeyPair | null;
  /** DER of this node's X.509 certificate. */
  readonly certificate: Uint8Array;
  /** Reads the certificates of others. */
  readonly certificates: Certificates;
  /** Endpoints that the user configured: always said HELLO to, exempt from byte credit. */
  readonly peers: readonly Endpoint[];
  /** True: the configured peers are old programs that put a `node_id` into HELLO, so we do too from the start. */
  readonly compatNodeId: boolean;
  /** True: this node represents nobody and only introduces others. */
  readonly rendezvous: boolean;
  /** True: parcels are kept for contacts that ask for it. Default: false. */
  readonly mailbox?: boolean;
  /** True: sessions may go over TCP where UDP does not get through, and TCP connections are taken. Default: false. */
  readonly tcp?: boolean;
  /** The wall clock at instant 0. */
  readonly epoch: Timestamp;
  readonly restored: Restored;
  /** Signed events that are on the disk, and the keys of those that are sealed. */
  readonly events: NodeReader;
  /** Nodes that the user has muted or blocked, as it is when asked. */
  readonly quiet: QuietNodes;
  /** Nodes to which the user gave a name, as it is when asked. */
  readonly contacts: ContactNodes;
  readonly crypto: Crypto;
  readonly random: RandomBytes;
}
