/** Channels as people write them. PROTOCOL.md §3. */
import { openChannelHash } from "../crypto/index.ts";
import { sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Guid, guidFrom, NAME_MAX, parseGuid } from "../wire/index.ts";
import { ApiError } from "./api.ts";

export interface ChannelName {
  readonly id: Guid;
  /** `lobby` for `#lobby`; empty where a GUID was given. */
  readonly name: string;
}

/** White space, controls and what shows nothing: two names that look alike must be alike. */
const UNFIT = /[\s\p{C}]/u;

/**
 * Reads `#name` or a GUID.
 * @throws ApiError `usage`, or `not-yet` for `@contact`
 */
export function parseChannel(text: string): ChannelName {
  const guid = parseGuid(text);
  if (guid !== null) return { id: guid, name: "" };
  if (text.startsWith("@"))
    throw new ApiError("not-yet", `${text}: talks with a contact come in a later version; use a channel, as #lobby`);
  if (!text.startsWith("#")) throw new ApiError("usage", `"${text}" is no channel: write #name, as #lobby, or a GUID`);
  const name = text.slice(1).normalize("NFC");
  if (name === "" || name.length > NAME_MAX || UNFIT.test(name) || !name.isWellFormed()) {
    throw new ApiError("usage", `"${text}" is no channel name: 1 to ${NAME_MAX} characters after the #, without spaces`);
  }
  return { id: guidFrom(openChannelHash(sodiumCrypto, name)), name };
}

/** `#name`, or the GUID of a channel without one. */
export function channelLabel({ id, name }: ChannelName): string {
  return name === "" ? id : `#${name}`;
}
