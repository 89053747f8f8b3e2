/**
 * An invite as a link, to be sent by whatever way two people have. PROTOCOL.md §20.1.
 *
 *   ptpchat:1/ base64url of
 *   genesis 32 | inviter 32 | seed 32 | length u8, name | count u8, places | check 4
 *   place: 4, address 4, port u16 | 6, address 16, port u16 | 0, length u8, host name, port u16
 *
 * Whoever has the link can come in: the seed is a secret. The check finds what was cut or mistyped, and keeps nobody out.
 */
import type { ChannelHash } from "../core/index.ts";
import { base32 } from "../crypto/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { endpoint, type Ip, isChannelName, NAME_MAX, type NodeId, parseIp } from "../wire/index.ts";
import { parseHostPort } from "./addresses.ts";
import { ApiError } from "./api.ts";
import { keyOf } from "./node-id.ts";

export interface InviteLink {
  readonly genesis: ChannelHash;
  readonly inviter: NodeId;
  /** 32 bytes, of which the invite's key is made. */
  readonly seed: Uint8Array;
  /** For the eye: what counts stands in the genesis. */
  readonly name: string;
  /** Where to look for members: endpoints, and `host:port` of those who have a name. */
  readonly places: readonly string[];
}

export const LINK_HEAD = "ptpchat:1/";
const ANY_LINK = /^ptpchat:/i;
const PLACES_MAX = 12;
/** Of the text: more than any link has. */
const LINK_MAX = 4_096;
const HASH_BYTES = 32;
const CHECK_BYTES = 4;
const FIXED_BYTES = 3 * HASH_BYTES;
const HOST_MAX = 255;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const CHECK_WORDS = encoder.encode("ptpchat/1 invite\0");

/** True for what is meant as a link, whole or not. */
export function isLink(text: string): boolean {
  return ANY_LINK.test(text.trim());
}

export function linkText({ genesis, inviter, seed, name, places }: InviteLink): string {
  const nameBytes = encoder.encode(name);
  const written = places.slice(0, PLACES_MAX).map(placeBytes);
  const body = Buffer.concat([
    Buffer.from(genesis, "hex"),
    keyOf(inviter),
    seed,
    Uint8Array.of(nameBytes.length),
    nameBytes,
    Uint8Array.of(written.length),
    ...written,
  ]);
  return LINK_HEAD + Buffer.concat([body, checkOf(body)]).toString("base64url");
}

/** @throws ApiError `bad-invite` for what is no link, or not the whole of one */
export function parseLink(text: string): InviteLink {
  const word = text.trim();
  if (!word.startsWith(LINK_HEAD)) throw damaged(isLink(word) ? "later" : "none");
  const digits = word.slice(LINK_HEAD.length);
  const bytes = Buffer.from(digits, "base64url");
  if (word.length > LINK_MAX || bytes.toString("base64url") !== digits || bytes.length < FIXED_BYTES + 2 + CHECK_BYTES)
    throw damaged("damaged");
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!sodiumCrypto.equal(checkOf(body), bytes.subarray(-CHECK_BYTES))) throw damaged("damaged");
  const link = read(body);
  if (link === null) throw damaged("damaged");
  return link;
}

function read(body: Buffer): InviteLink | null {
  const part = (at: number) => body.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  const rest = new Bytes(body.subarray(FIXED_BYTES));
  const name = textOf(rest.take(rest.byte()));
  const places = Array.from({ length: Math.min(rest.byte(), PLACES_MAX) }, () => readPlace(rest));
  if (name === null || name.length > NAME_MAX || (name !== "" && !isChannelName(name))) return null;
  if (rest.isShort || rest.left > 0 || places.includes(null)) return null;
  return {
    genesis: part(0).toString("hex") as ChannelHash,
    inviter: base32(part(1)) as NodeId,
    seed: new Uint8Array(part(2)),
    name,
    places: places as string[],
  };
}

/** The first bytes of a hash, for mistakes and not against anybody. */
function checkOf(body: Uint8Array): Uint8Array {
  return sodiumCrypto.sha256(Buffer.concat([CHECK_WORDS, body])).subarray(0, CHECK_BYTES);
}

// ---- places ----

function placeBytes(text: string): Uint8Array {
  const { host, isName, port } = parseHostPort(text);
  const portBytes = Uint8Array.of((port ?? 0) >> 8, (port ?? 0) & 255);
  if (isName) return Buffer.concat([Uint8Array.of(0, host.length), encoder.encode(host), portBytes]);
  const address = addressBytes(host);
  return Buffer.concat([Uint8Array.of(address.length === 4 ? 4 : 6), address, portBytes]);
}

function addressBytes(ip: string): Uint8Array {
  if (!ip.includes(":")) return Uint8Array.from(ip.split("."), Number);
  const [before = "", after] = ip.split("::");
  const groups = (words: string) => (words === "" ? [] : words.split(":").map((word) => Number.parseInt(word, 16)));
  const [head, tail] = [groups(before), groups(after ?? "")];
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}

function readPlace(rest: Bytes): string | null {
  const kind = rest.byte();
  const host = kind === 0 ? textOf(rest.take(rest.byte())) : kind === 4 || kind === 6 ? ipIn(rest.take(kind === 4 ? 4 : 16)) : null;
  const port = rest.byte() * 256 + rest.byte();
  if (host === null || port === 0) return null;
  if (kind !== 0) return endpoint(host as Ip, port);
  return isHost(host) ? `${host}:${port}` : null;
}

function ipIn(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return parseIp(bytes.join("."));
  const groups = Array.from({ length: bytes.length / 2 }, (_, at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16));
  return parseIp(groups.join(":"));
}

function isHost(host: string): boolean {
  try {
    return parseHostPort(host).isName && host.length <= HOST_MAX;
  } catch {
    return false;
  }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes that are taken from the front; once there are too few, zeros come. */
class Bytes {
  readonly #bytes: Uint8Array;
  #at = 0;
  isShort = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  take(length: number): Uint8Array {
    this.isShort ||= length > this.left;
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at = Math.min(this.#bytes.length, this.#at + length);
    return taken;
  }
}

function damaged(why: "none" | "later" | "damaged"): ApiError {
  if (why === "none") return new ApiError("bad-invite", `that is no invite: a link begins with ${LINK_HEAD}`, why);
  if (why === "later")
    return new ApiError(
      "bad-invite",
      `that link is of a later version, or damaged: one that this version reads begins with ${LINK_HEAD}`,
      why,
    );
  return new ApiError(
    "bad-invite",
    "the link is damaged: letters of it are missing or changed. Copy the whole of it, or ask for it again",
    why,
  );
}
