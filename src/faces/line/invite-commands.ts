/** Slash commands about invites: letting others into a channel of yours, and coming into one of theirs. */
import { randomBytes } from "node:crypto";
import { channelLabel } from "../shared/channel-word.ts";
import type { EventOf } from "../shared/door.ts";
import { CODE_ADVICE, linkAdvice, PAST_COMES, stepWords } from "../shared/invite-words.ts";
import { roleWords } from "../shared/role-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import type { ChatCommand } from "./chat-commands.ts";

const REF_BYTES = 16;

export const INVITE_COMMANDS: readonly ChatCommand[] = [
  {
    name: "invite",
    takes: "[words] [history]",
    about: "a link, or four words; history: the past, too",
    example: "/invite, and send the link; /invite words, and say the words; /invite history",
    run: invite,
  },
];

async function invite(chat: Chat, words: readonly string[]): Promise<void> {
  if (words.some((word) => word !== "words" && word !== "history"))
    return chat.screen.quiet(
      "/invite makes a link for one; /invite words makes four words to say; with history they read what was said before, too",
    );
  const [code, history] = [words.includes("words"), words.includes("history")];
  const channel = chat.channelOr(undefined);
  if (channel === null) return;
  const made = await chat.door.api.invite({ channel, ...(code ? { code } : {}), ...(history ? { history } : {}) });
  const advice = made.code === null ? linkAdvice(channel, made, Date.now()) : CODE_ADVICE;
  chat.screen.print(`  /join ${safeText(made.code ?? made.link)}`);
  chat.screen.quiet(advice);
}

/** Comes in by a link or a code; what is being done just now is shown meanwhile. */
export function accept(chat: Chat, words: string): void {
  const ref = randomBytes(REF_BYTES).toString("hex");
  const unsubscribe = chat.door.subscribe((event) => {
    const step = isStep(event) && event.ref === ref ? stepWords(event) : null;
    if (step !== null) chat.screen.quiet(step);
  });
  chat.inBackground(async () => {
    try {
      const { channelId, name, role, history, invitedByName } = await chat.door.api.redeem({ invite: words, ref });
      chat.learn({ id: channelId, name });
      await chat.show(channelLabel({ id: channelId, name }));
      chat.screen.quiet(`you came in by ${safeText(invitedByName)}'s invite, and are ${roleWords(role)} there`);
      if (history) chat.screen.quiet(PAST_COMES);
    } finally {
      unsubscribe();
    }
  });
}

function isStep(event: { readonly type: string }): event is EventOf<"knock"> | EventOf<"code"> {
  return event.type === "knock" || event.type === "code";
}
