/** Names that people give to channels. PROTOCOL.md §3.3. */
import { NAME_MAX } from "./limits.ts";

/** White space, controls and what shows nothing: two names that look alike must be alike. */
const UNFIT = /[\s\p{C}]/u;

/** True for a name, without `#`, that may be shown and typed. */
export function isChannelName(text: string): boolean {
  return text !== "" && text.length <= NAME_MAX && !UNFIT.test(text) && text.isWellFormed();
}
