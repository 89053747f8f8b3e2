/** Slash commands about invites: letting others into a channel of yours, and coming into one of theirs. */
import { randomBytes } from "node:crypto";
import { channelLabel } from "../shared/channel-word.ts";
import type { EventOf } from "../shared/door.ts";
import { CODE_ADVICE, linkAdvice, stepWords } from "../shared/invite-words.ts";
import { roleWords } from "../shared/role-words.ts";
import { safeText } from "../shared/safe-text.ts";
import type { Chat } from "./chat.ts";
import type { ChatCommand } from "./chat-commands.ts";

const REF_BYTES = 16;

export const INVITE_COMMANDS: readonly ChatCommand[] = [
  {
    name: "invite",
    takes: "[words]",
    about: "a link for this channel, or four words",
    example: "/invite, and send the link; /invite words, and say the words",
    run: invite,
  },
];

async function invite(chat: Chat, [how]: readonly string[]): Promise<void> {
  if (how !== undefined && how !== "words") return chat.screen.quiet("/invite makes a link for one; /invite words makes four words to say");
  const channel = chat.channelOr(undefined);
  if (channel === null) return;
  const made = await chat.door.api.invite({ channel, ...(how === "words" ? { code: true } : {}) });
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
      const { channelId, name, role, invitedByName } = await chat.door.api.redeem({ invite: words, ref });
      chat.learn({ id: channelId, name });
      await chat.show(channelLabel({ id: channelId, name }));
      chat.screen.quiet(`you came in by ${safeText(invitedByName)}'s invite, and are ${roleWords(role)} there`);
    } finally {
      unsubscribe();
    }
  });
}

function isStep(event: { readonly type: string }): event is EventOf<"knock"> | EventOf<"code"> {
  return event.type === "knock" || event.type === "code";
}
