/** `/search`: finds what was said, in all channels. */
import { marked } from "../shared/marks.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import { postLines } from "./post-lines.ts";

/** A screen of it; the command line has more. */
const FOUND_SHOWN = 10;

export async function search(chat: Chat, words: readonly string[]): Promise<void> {
  if (words.length === 0) return chat.screen.quiet("/search wants words: /search good morning");
  const found = await chat.door.api.search({ words: words.join(" "), most: FOUND_SHOWN });
  if (found.length === 0) return chat.screen.quiet(`nothing was found with ${safeText(words.join(" "))}`);
  for (const { entry, marks } of [...found].reverse()) {
    const day = new Date(entry.at).toISOString().slice(0, 10);
    chat.screen.print(
      ...postLines(
        { ...entry, text: marked(entry.text, marks) },
        { where: `${day} ${entry.channel}`, late: false, toYou: false, colour: false },
      ),
    );
  }
}
