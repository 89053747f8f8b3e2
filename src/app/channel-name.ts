/** Channels as people write them. PROTOCOL.md §3.3, cli.md "In general". */
import type { ChannelHash } from "../core/index.ts";
import { normalName, openChannelHash } from "../crypto/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Guid, guidFrom, isChannelName, NAME_MAX, type NodeId, parseGuid } from "../wire/index.ts";
import { ApiError } from "./api.ts";

export interface ChannelName {
  readonly id: Guid;
  /** `lobby` for `#lobby`, `@bob` for a talk with that contact; empty where a GUID was given. */
  readonly name: string;
  /** The id of the event that made it, where one did. */
  readonly genesis: ChannelHash | null;
  /** The other one, of a talk of two. */
  readonly pair: NodeId | null;
}

/** A name, and the id of a genesis or its beginning: `garden@3f2a`. */
const WITH_GENESIS = /^(.+)@([0-9a-f]{4,})$/i;
/** Digits of that id beside a name, and more where another channel of that name has the same. */
const DIGITS_MIN = 4;
const DIGITS_ALL = 64;

/**
 * Reads `#name`, `#name@` with the whole id of a genesis, or a GUID.
 * @throws ApiError `usage`
 */
export function parseChannel(text: string): ChannelName {
  const guid = parseGuid(text);
  if (guid !== null) return { id: guid, name: "", genesis: null, pair: null };
  const { name, digits } = wordsIn(text);
  if (digits === null) return { id: guidFrom(openChannelHash(sodiumCrypto, name)), name, genesis: null, pair: null };
  if (digits.length === DIGITS_ALL) return { id: guidOf(digits), name, genesis: digits as ChannelHash, pair: null };
  throw new ApiError(
    "usage",
    `${text} is a channel with an owner, and only the beginning of its id: ask for the whole link, as "ptpchat channels" shows it there`,
  );
}

/**
 * The channel that a person means, of those that he is in where it may be one of them: `#garden` is also that with an owner,
 * if there is only one, and `#garden@3f2a` the one whose id begins so.
 * @throws ApiError `usage` when several may be meant, and as {@link parseChannel}
 */
export function findChannel(text: string, joined: readonly ChannelName[]): ChannelName {
  const guid = parseGuid(text);
  if (guid !== null) return joined.find(({ id }) => id === guid) ?? parseChannel(text);
  const { name, digits } = wordsIn(text);
  const alike = joined.filter((each) => each.pair === null && normalName(each.name) === normalName(name));
  const open = alike.find(({ genesis }) => genesis === null);
  if (digits === null && open !== undefined) return open;
  const owned = alike.filter(({ genesis }) => genesis?.startsWith(digits ?? "") === true);
  const [found, ...others] = owned;
  if (found === undefined) return parseChannel(text);
  if (others.length === 0) return found;
  throw new ApiError("usage", `${text} may be ${owned.map((each) => `#${shownName(each, joined)}`).join(" or ")}: write more digits`);
}

/** What a channel is called in front of people, without `#`: `lobby`, `garden@3f2a`; empty where it has no name. */
export function shownName({ id, name, genesis }: ChannelName, joined: readonly ChannelName[]): string {
  if (genesis === null || name === "") return name;
  const others = joined.filter((each) => each.id !== id && each.genesis !== null && normalName(each.name) === normalName(name));
  let digits = DIGITS_MIN;
  while (others.some((other) => other.genesis?.startsWith(genesis.slice(0, digits)) === true)) digits++;
  return `${name}@${genesis.slice(0, digits)}`;
}

/** What others join it by; null for a channel whose name is enough. */
export function channelLink({ name, genesis }: Pick<ChannelName, "name"> & { readonly genesis: string | null }): string | null {
  return genesis === null ? null : `${name}@${genesis}`;
}

/** `#name`, `@name` of a talk of two, or the GUID of a channel without a name. */
export function channelLabel({ id, name }: Pick<ChannelName, "id" | "name">): string {
  if (name === "") return id;
  return name.startsWith("@") ? name : `#${name}`;
}

/** @throws ApiError `usage` */
export function checkedChannelName(text: string): string {
  const name = text.replace(/^#/, "").normalize("NFC");
  if (isChannelName(name) && !name.includes("@")) return name;
  throw new ApiError("usage", `"${text}" is no name for a channel: 1 to ${NAME_MAX} characters, without spaces and without @`);
}

function wordsIn(text: string): { readonly name: string; readonly digits: string | null } {
  if (!text.startsWith("#")) throw new ApiError("usage", `"${text}" is no channel: write #name, as #lobby, @contact, or a GUID`);
  const whole = text.slice(1).normalize("NFC");
  const [, before, digits] = WITH_GENESIS.exec(whole) ?? [];
  const name = before ?? whole;
  if (!isChannelName(name) || name.startsWith("@") || (digits !== undefined && digits.length > DIGITS_ALL)) {
    throw new ApiError("usage", `"${text}" is no channel name: 1 to ${NAME_MAX} characters after the #, without spaces`);
  }
  return { name, digits: digits?.toLowerCase() ?? null };
}

function guidOf(digits: string): Guid {
  return guidFrom(Buffer.from(digits, "hex"));
}
