/** What members ask each other for of files, as it travels in `ptp` of a CHANNEL inside a session. PROTOCOL.md §21.3. */
import { BLOCK_LEVELS } from "./block.ts";
import { formatted, integer, list, object, optional } from "./field.ts";
import { digest } from "./id.ts";
import { BLOCKS_ASKED_MAX, INDEX_MAX } from "./limits.ts";

const number = integer("its number", 0, INDEX_MAX);

export const fileFields = {
  blocks: optional(
    object(
      {
        root: formatted(digest, "the file"),
        level: integer("0: blocks, 1: lists of blocks, 2: the list of lists", 0, BLOCK_LEVELS - 1),
        want: optional(list(number, "what the sender wants", BLOCKS_ASKED_MAX)),
        lacking: optional(list(number, "what the receiver wanted and the sender does not have", BLOCKS_ASKED_MAX)),
        has: optional(list(number, "beside `lacking`: what the sender has instead", BLOCKS_ASKED_MAX)),
      },
      "blocks of a file that is asked for",
    ),
  ),
};
