/** Word codes: made, and what the two who share one make of it. PROTOCOL.md §20.5. */
import type { CodePurpose } from "../core/index.ts";
import { randomBytes, sodiumCrypto } from "../crypto/sodium/index.ts";
import { type Guid, guidFrom } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import { CODE_WORDS } from "./code-word-list.ts";
import { readCode, WORDS_IN_CODE, type WordCode, wordMeant, wordsOf } from "./code-words.ts";

const encoder = new TextEncoder();

/** A code that nobody has had: 44 bits. */
export function newWordCode(place: string | null): WordCode {
  const words = Array.from({ length: WORDS_IN_CODE }, () => {
    const [high = 0, low = 0] = randomBytes(2);
    return CODE_WORDS[((high << 8) | low) % CODE_WORDS.length] ?? ""; // 2,048 divides 65,536
  });
  return { words: words.join("-"), place };
}

export function codeText({ words, place }: WordCode): string {
  return place === null ? words : `${words}@${place}`;
}

/** @throws ApiError `bad-invite`, with the word that is none */
export function parseWordCode(text: string): WordCode {
  const code = readCode(text);
  if (code !== null) return code;
  const given = wordsOf(text).words;
  const unknown = given.find((word) => wordMeant(word) === null);
  if (given.length !== WORDS_IN_CODE)
    throw new ApiError("bad-invite", `a code has ${WORDS_IN_CODE} words, and this has ${given.length}: ask for all of it`, "none");
  throw new ApiError("bad-invite", `"${unknown}" is no word of a code: ask how it is spelt`, "damaged");
}

/** The meeting point of a code: those for another purpose have others. */
export function slotOf(purpose: CodePurpose, { words }: WordCode): Guid {
  const [first = ""] = words.split("-");
  return guidFrom(sodiumCrypto.sha256(encoder.encode(`ptpchat/1 slot\0${purpose}\0${first}`)));
}

/** What two who share a code share. */
export function secretOf({ words }: WordCode): Uint8Array {
  return encoder.encode(words);
}
