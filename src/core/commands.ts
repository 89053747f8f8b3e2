/** What the user asks of the node. The door of `app` has checked the words; here they are carried out. */

import type { Endpoint } from "../wire/index.ts";
import { encode, MESSAGE_BYTES_MAX, PADDED_BYTES } from "../wire/index.ts";
import { connect } from "./dials.ts";
import { fetchFile, holdFile, letFileGo } from "./files/exchange.ts";
import { beginKnock } from "./invite/knocking.ts";
import { beginMeeting, endMeetingOf } from "./invite/meet.ts";
import type { Command } from "./io.ts";
import { joinChannel, leaveChannel, sayLeave } from "./joining.ts";
import { beginLifetime } from "./lifetime.ts";
import { callPeer } from "./liveness.ts";
import { useMailbox } from "./mailbox/fetching.ts";
import { releaseHeld } from "./open/holding-back.ts";
import { importEvents } from "./open/import.ts";
import { createChannel, writeOrder } from "./open/owning.ts";
import { dropOld, wantOld } from "./open/retention.ts";
import { type Letter, post } from "./outbox.ts";
import { applyPolicy } from "./path-policy.ts";
import { writeActIn, writePost } from "./posts.ts";
import { flushSessions } from "./session/frames.ts";
import { closeSessions } from "./session/tend.ts";
import type { NodeState } from "./state.ts";
import { beginSurvey } from "./survey.ts";
import type { Instant } from "./time.ts";

export function onCommand(node: NodeState, command: Command, now: Instant): void {
  switch (command.kind) {
    case "join":
      return joinChannel(node, command, now);
    case "create":
      return createChannel(node, command, now);
    case "order":
      return writeOrder(node, command, now);
    case "knock":
      return beginKnock(node, command, now);
    case "meet":
      return beginMeeting(node, command, now);
    case "path-policy":
      return applyPolicy(node, command.nodeId, now);
    case "end-meeting":
      return endMeetingOf(node, command.id, now);
    case "leave":
      return leaveChannel(node, command.channelId, now);
    case "post":
      return writePost(node, command.id, command.channelId, command.text, command.reply ?? null, now);
    case "act":
      return writeActIn(node, command.id, command.channelId, command.act, now);
    case "connect":
      return connect(node, command.ref, command.to, command.via, now);
    case "ask-certificate":
      return ask(node, command.of, { verb: "GETCERTIFICATE", body: padded(), sender: { kind: "ask", ref: command.ref } }, now);
    case "ask-key":
      return ask(
        node,
        command.of,
        { verb: "GETKEY", body: { channel_id: command.channelId }, sender: { kind: "ask", ref: command.ref } },
        now,
      );
    case "give-key": {
      const { channelId, cipher, key } = command;
      return ask(
        node,
        command.to,
        { verb: "KEY", body: { channel_id: channelId, cipher, key }, sender: { kind: "ask", ref: command.ref } },
        now,
      );
    }
    case "drop-old":
      return dropOld(node, command);
    case "want-old":
      return wantOld(node, command.ref, command.channelId, now);
    case "mailbox":
      return useMailbox(node, command.nodeId, command.on, now);
    case "import":
      return importEvents(node, command.ref, command.channelId, command.bodies, now);
    case "survey":
      return beginSurvey(node, command.ref, command.own, now);
    case "lifetime":
      return beginLifetime(node, command.ref, command.own, now);
    case "hold-file":
      return holdFile(node, command.root, command.shape, command.channelId);
    case "fetch-file":
      return fetchFile(node, command.root, command.shape, command.channelId, command.have, now);
    case "let-file-go":
      return letFileGo(node, command.root);
    case "tap":
      node.tapping = command.on;
      return;
    case "shutdown":
      node.stopping = true;
      for (const { open } of node.channels.joined()) if (open !== null) releaseHeld(open, now);
      for (const channel of node.channels.joined()) sayLeave(node, channel, now);
      flushSessions(node, now);
      closeSessions(node, now);
      return;
  }
}

/** Bytes that a UTF-16 unit takes at most in a MESSAGE to an old program (`\u` and four digits), and what is around the text. */
const UNIT_BYTES_MAX = 6;
const AROUND_BYTES_MAX = 256;

/** True when a text, sent to an old program at its longest, still fits one datagram. */
export function fitsMessage(text: string): boolean {
  if (AROUND_BYTES_MAX + UNIT_BYTES_MAX * text.length <= MESSAGE_BYTES_MAX) return true;
  const body = { channel_id: "0".repeat(36), message: text, msg_id: "0".repeat(32) };
  return encode("MESSAGE", body, true).length <= MESSAGE_BYTES_MAX;
}

/** The user names the endpoint, so it is called first; the letter goes as soon as it is heard. */
function ask(node: NodeState, to: Endpoint, letter: Letter, now: Instant): void {
  const path = callPeer(node, to, "asked", now);
  if (path !== null && path.peer !== null) post(node, path.peer, letter, now);
}

function padded(): Letter<"GETCERTIFICATE">["body"] {
  const bare = encode("GETCERTIFICATE", { ptp: { pad: "" } }).length;
  return { ptp: { pad: "x".repeat(PADDED_BYTES - bare) } };
}
