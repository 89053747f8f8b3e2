/** What people do with posts: edit, delete, react, answer. Checked here; what it means stands in `api.ts`. PROTOCOL.md §13.7. */
import {
  type Act,
  type Event,
  type Eyes,
  NICK_BYTES_MAX,
  REACTION_BYTES_MAX,
  type Reference,
  type StoredEntry,
  shownPost,
  TOPIC_BYTES_MAX,
  utf8Length,
} from "../core/index.ts";
import { type Guid, wellFormed } from "../wire/index.ts";
import { ApiError, type Done, type Nick, type PlainWait, type Sent, type Topic } from "./api.ts";
import { type ChannelName, channelLabel, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { isDatedAhead } from "./entries.ts";
import { checkName } from "./options.ts";
import { mayNotWrite, newPostId, postText, sendLate, sentWhen } from "./posting.ts";
import { optionalFlag, optionalWhole, optionalWord, text } from "./request.ts";

/** Digits of an id that a person has to write at least. */
export const ID_DIGITS_MIN = 6;
/** Posts that an error names as those that might be meant. */
const MEANT_MAX = 3;
/** Digits of an id in an error. */
const SHORT_ID_DIGITS = 10;
const TIMEOUT_MS = 30_000;
const TIMEOUT_MS_MAX = 86_400_000;
const UNFIT_REACTION = /[\s\p{Cc}\p{Cs}]/u;
const UNFIT_TOPIC = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** A signed post that the user may mean. */
interface Target {
  readonly channelId: Guid;
  readonly id: string;
  readonly reference: Reference;
  readonly entry: StoredEntry;
}

/** @throws ApiError `no-such-post`, `not-your-post`, `bare-channel`, `dated-ahead`, and as `send` */
export async function editPost(engine: Engine, request: unknown): Promise<Done> {
  const words = postText(text(request, "text"));
  const target = ownTarget(engine, request);
  return actOn(engine, target, { kind: "edit", target: target.reference, text: words }, request);
}

/** @throws ApiError as {@link editPost} */
export async function deletePost(engine: Engine, request: unknown): Promise<Done> {
  const target = targetOf(engine, text(request, "id"));
  const { signed } = target.entry;
  if (signed === undefined || !engine.core.mayDelete(target.channelId, signed)) checkOwn(engine, target);
  return actOn(engine, target, { kind: "delete", target: target.reference }, request);
}

/** @throws ApiError as {@link editPost}, but for `not-your-post`; `too-long` for more than an emoji or a word */
export async function reactTo(engine: Engine, request: unknown): Promise<Done> {
  const off = optionalFlag(request, "off");
  const word = reactionText(text(request, "text"));
  const target = targetOf(engine, text(request, "id"));
  return actOn(engine, target, { kind: "reaction", target: target.reference, text: word, off }, request);
}

/** The post of that channel that another is to answer. @throws ApiError as {@link reactTo}, `usage` when it is of another channel */
export function replyTarget(engine: Engine, channel: ChannelName, id: string): Reference {
  const { channelId, reference } = targetOf(engine, id);
  if (channelId === channel.id) return reference;
  throw new ApiError("usage", `the post ${id} is not in ${channelLabel(channel)}: answer it where it stands`);
}

/** Says what a channel is about; an empty text says that it is about nothing any more. @throws ApiError `bare-channel`, `too-long`, `usage` */
export async function setTopic(engine: Engine, channel: ChannelName, words: string, request: unknown): Promise<Topic> {
  const topic = wellFormed(words).trim();
  if (UNFIT_TOPIC.test(topic)) throw new ApiError("usage", "a topic is one line, without control characters");
  if (utf8Length(topic) > TOPIC_BYTES_MAX)
    throw new ApiError("too-long", `a topic has at most ${TOPIC_BYTES_MAX} bytes, some ${TOPIC_BYTES_MAX} English letters: say it shorter`);
  checkOpen(engine, channel.id);
  await act(engine, channel.id, { kind: "topic", text: topic }, request);
  return topicOf(engine, channel);
}

export function topicOf({ core, now, names }: Engine, { id, name }: ChannelName): Topic {
  const topic = core.topic(id, now);
  const channel = channelLabel({ id, name });
  if (topic === null) return { channelId: id, channel, text: null, author: null, authorName: null };
  return { channelId: id, channel, text: topic.text, author: topic.author, authorName: names.of(topic.author) };
}

/** What this node calls itself; from now on `name` where one is given. @throws ApiError `usage` */
export function nick(engine: Engine, name: string | undefined): Nick {
  if (name !== undefined) checkNick(engine, name);
  const said = name === undefined ? [] : engine.rename(name.trim());
  const { core, names } = engine;
  const joined = engine.joined();
  const channels = joined
    .filter(({ id }) => said.includes(id))
    .map((channel) => channelLabel({ id: channel.id, name: shownName(channel, joined) }));
  return { name: engine.nick.text, shownAs: names.of(core.nodeId), channels };
}

function checkNick({ isCertified }: Engine, name: string): void {
  if (isCertified)
    throw new ApiError("usage", "in a network of certified nodes your name is that of your certificate: your CA can give another");
  checkName(name);
  if (name.trim() === "" || utf8Length(name) > NICK_BYTES_MAX || !name.isWellFormed())
    throw new ApiError("usage", `a name has 1 to ${NICK_BYTES_MAX} bytes, that many English letters`);
}

/** Puts an act to the core, and waits until it has come as far as asked. */
export function act(engine: Engine, channelId: Guid, done: Act, request: unknown): Promise<Sent<PlainWait>> {
  const wait = optionalWord(request, "wait", ["saved", "delivered"]) ?? "saved";
  const timeoutMs = optionalWhole(request, "timeoutMs", 1, TIMEOUT_MS_MAX) ?? TIMEOUT_MS;
  engine.checkRunning();
  checkMayWrite(engine, channelId, done.kind);
  engine.sayNick(channelId);
  const id = newPostId();
  const sent = engine.waits.until(
    `post ${id}`,
    timeoutMs,
    (event) => sentWhen(event, wait),
    () => sendLate(wait, timeoutMs),
  );
  engine.command({ kind: "act", id, channelId, act: done });
  return sent;
}

/** @throws ApiError `not-allowed`, before anything is written */
export function checkMayWrite(engine: Engine, channelId: Guid, kind: string): void {
  const refusal = engine.core.writeRefusal(channelId, kind);
  if (refusal === null) return;
  const joined = engine.joined();
  const channel = joined.find(({ id }) => id === channelId);
  throw mayNotWrite(refusal, kind, channel === undefined ? channelId : channelLabel({ id: channelId, name: shownName(channel, joined) }));
}

/** @throws ApiError `bare-channel` */
export function checkOpen({ core, now }: Engine, channelId: Guid): void {
  if (core.channels(now).some(({ id, mode }) => id === channelId && mode !== "bare")) return;
  throw bareChannel();
}

async function actOn(engine: Engine, { channelId, id }: Target, done: Act, request: unknown): Promise<Done> {
  return { ...(await act(engine, channelId, done, request)), post: id };
}

function ownTarget(engine: Engine, request: unknown): Target {
  const target = targetOf(engine, text(request, "id"));
  checkOwn(engine, target);
  return target;
}

function checkOwn({ core, names }: Engine, { entry: { author } }: Target): void {
  if (author === core.nodeId) return;
  throw new ApiError("not-your-post", `that post is of ${names.of(author)}: only its author can edit or delete it`);
}

/** @throws ApiError `usage` when it is no id, or several posts have it */
function targetOf(engine: Engine, id: string): Target {
  const entry = postNamed(engine, id);
  const { channelId, signed } = entry;
  if (signed === undefined) throw bareChannel();
  if (engine.core.joinedName(channelId) === undefined)
    throw new ApiError("no-such-channel", "you are not in the channel of that post any more: join it again first");
  checkOpen(engine, channelId);
  const shown = shownPost(engine.store.events, signed, eyesOf(engine, channelId));
  if (shown === null || shown.deletedBy !== null) throw noSuchPost(`the post ${id} is deleted`);
  if (isDatedAhead(signed.hlc))
    throw new ApiError(
      "dated-ahead",
      "that post is dated ahead: the clock of its author or yours is wrong, and what you say of it would not count",
    );
  return { channelId, id: signed.id, reference: { hlc: signed.hlc, id: signed.id }, entry };
}

/** A signed event that a person means, which is shown. @throws ApiError `usage`, `no-such-post` */
export function eventNamed(engine: Engine, id: string): { readonly channelId: Guid; readonly event: Event } {
  const { channelId, signed } = postNamed(engine, id);
  const shown = signed === undefined ? null : shownPost(engine.store.events, signed, eyesOf(engine, channelId));
  if (signed === undefined || shown === null || shown.deletedBy !== null) throw noSuchPost(`the post ${id} is not signed, or deleted`);
  return { channelId, event: signed };
}

/** The one post whose id begins so. @throws ApiError `usage`, `no-such-post` */
function postNamed(engine: Engine, id: string): StoredEntry {
  const prefix = id.toLowerCase();
  if (!isIdPrefix(prefix))
    throw new ApiError(
      "usage",
      `"${id}" is no id of a post: write its first ${ID_DIGITS_MIN} digits or more, as "ptpchat tail" shows them`,
    );
  const [found, ...others] = engine.read(() => engine.store.named(prefix, MEANT_MAX));
  if (found === undefined) throw noSuchPost(`no post here has an id that begins with ${id}`);
  const exact = [found, ...others].find((entry) => entry.id === prefix);
  if (others.length === 0 || exact !== undefined) return exact ?? found;
  const meant = [found, ...others].map((entry) => entry.id.slice(0, Math.max(SHORT_ID_DIGITS, prefix.length + 2)));
  throw new ApiError("usage", `${id} may be ${meant.join(" or ")}: write more digits`);
}

/** The whole id of the one entry whose id begins so; as it is where there is none, since a history may begin after one that is not here. */
export function wholeId(engine: Engine, id: string): string {
  return engine.read(() => engine.store.named(id, 1)).length === 0 ? id : postNamed(engine, id).id;
}

export function isIdPrefix(word: string): boolean {
  return /^[0-9a-f]{6,64}$/.test(word);
}

function eyesOf({ core, now }: Engine, channelId: Guid): Eyes {
  return core.eyes(channelId, now);
}

function reactionText(given: string): string {
  const word = wellFormed(given).trim();
  if (word === "" || UNFIT_REACTION.test(word)) throw new ApiError("usage", "a reaction is one emoji or one word");
  if (utf8Length(word) <= REACTION_BYTES_MAX) return word;
  throw new ApiError("too-long", `a reaction is one emoji or one word, of at most ${REACTION_BYTES_MAX} bytes`);
}

function bareChannel(): ApiError {
  return new ApiError(
    "bare-channel",
    "what is said in that channel is not signed, and the old protocol knows only texts: edits, reactions, answers and topics need a channel with a name (#lobby)",
  );
}

function noSuchPost(what: string): ApiError {
  return new ApiError("no-such-post", `${what}: "ptpchat tail" shows the ids of what is here`);
}
