/**
 * A session: the encrypted association of this node with one other, bound to keys and to no address. It has a transport,
 * which lasts, and key epochs, which are renewed beneath it. PROTOCOL.md §11.
 */
import { type Crypto, isBefore } from "../../crypto/index.ts";
import { type Endpoint, FRAME_HEAD_BYTES, TAG_BYTES, writeFrameHead } from "../../wire/index.ts";
import type { CertificateFacts } from "../certificates.ts";
import { PROOFS_AT_ONCE, PROOFS_PER_SECOND } from "../invite/limits.ts";
import { EPOCHS_MAX, HANDSHAKE_MS } from "../limits.ts";
import type { Path } from "../path.ts";
import type { Peer } from "../peer-table.ts";
import { type Instant, NEVER_YET } from "../time.ts";
import { TokenBucket } from "../token-bucket.ts";
import { Transport } from "./transport.ts";

/** The keys of one handshake. */
export interface Epoch {
  readonly role: "initiator" | "responder";
  /** How the other end names these keys in its frames, and how we name them in ours. */
  readonly index: number;
  readonly remoteIndex: number;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /** Handshake hash: what is signed with it is bound to this very handshake. */
  readonly hash: Uint8Array;
  readonly bornAt: Instant;
  /** The other end was seen to have them too. */
  confirmed: boolean;
  /** When they first carried more than HELLO; null while they have not. */
  usedSince: Instant | null;
  /** When the other end last sealed with them; at first, when they were made. */
  heardAt: Instant;
}

/** Whom a handshake has proved. */
export interface Proven {
  /** Crockford base32 of the public key. */
  readonly nodeId: string;
  readonly publicKey: Uint8Array;
  /** Base64 of the other end's link key: another one means that it was started anew. */
  readonly linkKey: string;
  readonly facts: CertificateFacts;
  readonly rendezvous: boolean;
}

/** Where the other end says that it is reached, and how often that was tried in vain. */
export interface MappedPort {
  readonly endpoint: Endpoint;
  tries: number;
  /** The next try, if it is needed then. */
  dueAt: Instant;
}

/** Frames are cut from a slab: an allocation for each would cost as much as sealing it. */
const SLAB_BYTES = 65_536;
let slab = new Uint8Array(SLAB_BYTES);

export class Session {
  readonly with: Proven;
  readonly transport: Transport;
  readonly bornAt: Instant;
  peer: Peer;
  /** Newest first. */
  epochs: Epoch[] = [];
  heardAt: Instant;
  /** How far the other end's clock is ahead of ours, as its last handshake said. */
  aheadMs = 0;
  /** The user knows of it. */
  announced = false;
  /** Ports that the other end's gateway keeps open for all, by its own word. */
  readonly mapped: { udp: MappedPort | null; tcp: MappedPort | null } = { udp: null, tcp: null };
  /** It is with somebody the user has to do with, as it was lately: strangers do not push it out. */
  near = false;
  /** The other end has what signed lists we had to tell it when it came. */
  toldLists = false;
  /** The number of our own list that it was told last. */
  toldList = -1;
  /** Where data goes now. */
  dataPath: Path | null = null;
  /** Addresses that authenticated frames came from and that have not answered a challenge yet. */
  readonly candidates: Path[] = [];
  /** What may be looked at of invites that it shows. */
  readonly proofs: TokenBucket;
  /** Over whom it went, and what that relay calls the other end: where every other way is lost, it is met there again. The last one first. */
  relays: { readonly relay: Peer; readonly name: Endpoint }[] = [];
  /** When it was last looked for there. */
  recalledAt: Instant = NEVER_YET;

  /** @param rttMs - the round trip of the data path, as far as it is known */
  constructor(proven: Proven, peer: Peer, now: Instant, rttMs?: number) {
    this.with = proven;
    this.peer = peer;
    this.transport = new Transport(now, rttMs);
    this.bornAt = now;
    this.heardAt = now;
    this.proofs = new TokenBucket(PROOFS_AT_ONCE, PROOFS_PER_SECOND, now);
  }

  /**
   * @returns the epoch that gave way, none that frames are sealed with: one older than HANDSHAKE_MS, or else the one with the
   *   largest hash. So however many handshakes come at once, and in whatever order, both ends keep the keys of {@link sending}.
   */
  addEpoch(epoch: Epoch): Epoch | undefined {
    this.epochs.unshift(epoch);
    if (this.epochs.length <= EPOCHS_MAX) return undefined;
    const { sending } = this;
    const others = this.epochs.filter((each) => each !== sending);
    const aged = others.findLast((each) => epoch.bornAt - each.bornAt >= HANDSHAKE_MS);
    const gone = aged ?? others.reduce((last, each) => (isBefore(last.hash, each.hash) ? each : last));
    this.epochs = this.epochs.filter((each) => each !== gone);
    return gone;
  }

  /**
   * The keys that frames are sealed with: the newest that both ends are known to have. Where several were made within
   * HANDSHAKE_MS, the ends may have got them in different order (each began a handshake, on different paths); of these it
   * is those with the smaller hash, at both ends.
   */
  get sending(): Epoch | undefined {
    if (this.epochs.length === 1) return this.epochs[0];
    const [first, ...rest] = this.epochs.filter((epoch) => epoch.confirmed);
    if (first === undefined) return this.epochs[0];
    return rest.reduce((best, each) => (best.bornAt - each.bornAt < HANDSHAKE_MS && isBefore(each.hash, best.hash) ? each : best), first);
  }

  /** Keys that neither end seals with any more, nor will. @param heardBefore - frames under older keys are not on their way */
  outdated(heardBefore: Instant): Epoch[] {
    const sending = this.sending;
    return this.epochs.filter((each) => each !== sending && each.heardAt < heardBefore);
  }

  /** Seals one payload of the transport into a frame. */
  seal(crypto: Crypto, epoch: Epoch, { counter, payload }: { readonly counter: number; readonly payload: Uint8Array }): Uint8Array {
    const length = FRAME_HEAD_BYTES + payload.length + TAG_BYTES;
    if (slab.length < length) slab = new Uint8Array(SLAB_BYTES);
    const frame = slab.subarray(0, length);
    slab = slab.subarray(length);
    writeFrameHead(frame, epoch.remoteIndex, counter);
    crypto.sealInto(frame.subarray(FRAME_HEAD_BYTES), epoch.send, counter, frame.subarray(0, FRAME_HEAD_BYTES), payload);
    return frame;
  }
}
