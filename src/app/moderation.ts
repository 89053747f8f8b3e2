/**
 * Channels with an owner, and whom one does not want to hear: what is asked is checked here, and refused in words before
 * anything is written. A part of the door; what each command means stands in {@link Moderation}.
 */
import type { NodeEvent, OrderRefusal, Quiet, Role, RoleOrder } from "../core/index.ts";
import type { NodeId } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import { channelLabel, channelLink, checkedChannelName, shownName } from "./channel-name.ts";
import type { Engine } from "./engine.ts";
import { newPostId } from "./posting.ts";
import { optionalFlag, text, word } from "./request.ts";
import { channelMeant, talkWith } from "./talk.ts";

export interface Moderation {
  /**
   * Makes a channel that belongs to this node. With `readers` only those write in it to whom that is given; a `private` one only those can read, and be in,
   * to whom a role is given, and where it `keepsPast` nobody can ever be given to read what was said before he came. Resolves once it is on the disk.
   */
  create(request: { name: string; readers?: boolean; private?: boolean; keepsPast?: boolean }): Promise<Created>;
  /** Gives a node a role in a channel, with `history` also to read what was said before. As all of these: @throws `not-allowed`, with an `OrderRefusal` as reason; then nothing is written */
  grant(request: { channel: string; node: string; role: "admin" | "member" | "reader"; history?: boolean }): Promise<RoleGiven>;
  /** Takes what was given to a node: it has the role that everybody has. What it said before stands. */
  revoke(request: RoleRequest): Promise<RoleGiven>;
  /** Removes a node: what it says from now on does not count, until somebody lets it in again. */
  kick(request: RoleRequest): Promise<RoleGiven>;
  /** The same, and only the owner lets it in again. */
  ban(request: RoleRequest): Promise<RoleGiven>;
  /** Lets in again who was removed. */
  unban(request: RoleRequest): Promise<RoleGiven>;
  /** What the node says is folded from now on, for this user only. */
  mute(request: { node: string }): Promise<QuietView>;
  unmute(request: { node: string }): Promise<QuietView>;
  /** What the node says is not shown any more, for this user only. */
  block(request: { node: string }): Promise<QuietView>;
  unblock(request: { node: string }): Promise<QuietView>;
  /** The nodes that are muted or blocked. */
  quiet(): Promise<QuietView[]>;
  /** The nodes that are no contacts and want to talk; the oldest first. */
  requests(): Promise<RequestView[]>;
  /** Takes up the talk with such a node. @throws `no-such-request` when it does not want to talk */
  accept(request: { node: string }): Promise<{ channelId: string; name: string }>;
}

interface RoleRequest {
  readonly channel: string;
  readonly node: string;
}

export interface Created {
  readonly channelId: string;
  /** As it is shown, without `#`: `garden@3f2a`. */
  readonly name: string;
  /** What others join it by: `garden@` and the 64 digits of its genesis. */
  readonly link: string;
}

export interface RoleGiven {
  readonly channelId: string;
  readonly nodeId: string;
  readonly name: string;
  /** The role that the node has now. */
  readonly role: Role;
  /** False where it had that role already: nothing was written. */
  readonly changed: boolean;
}

export interface QuietView {
  readonly nodeId: string;
  readonly name: string;
  /** Null: it is heard. */
  readonly quiet: Quiet | null;
}

/** A node that wants to talk. */
export interface RequestView {
  readonly nodeId: string;
  readonly name: string;
  /** When it said so, in milliseconds since 1970. */
  readonly at: number;
}

/** How long the disk may take. */
const SAVE_MS = 30_000;

export abstract class Moderator implements Moderation {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async create(request: { name: string; readers?: boolean; private?: boolean; keepsPast?: boolean }): Promise<Created> {
    const { config } = this.#engine;
    const name = checkedChannelName(text(request, "name"));
    const others = optionalFlag(request, "private") ? "none" : optionalFlag(request, "readers") ? "reader" : "member";
    const keepsPast = optionalFlag(request, "keepsPast");
    if (keepsPast && others !== "none")
      throw new ApiError("usage", "everybody reads all of an open channel: keepsPast is for private ones");
    if (config.rendezvous) throw new ApiError("usage", "a rendezvous represents nobody and makes no channel: use a node (ptpchat start)");
    const channelId = await this.ordered((id) => ({ kind: "create", id, name, others, keepsPast }));
    await this.#engine.kept(); // that we are in it
    const joined = this.#engine.joined();
    const channel = joined.find(({ id }) => id === channelId);
    if (channel === undefined) throw new ApiError("no-such-channel", "you have left the channel meanwhile");
    return { channelId, name: shownName(channel, joined), link: channelLink(channel) ?? "" };
  }

  async grant(request: RoleRequest & { role: "admin" | "member" | "reader"; history?: boolean }): Promise<RoleGiven> {
    const history = optionalFlag(request, "history");
    return this.#order(request, { act: "grant", role: word(request, "role", ["admin", "member", "reader"]), history });
  }

  async revoke(request: RoleRequest): Promise<RoleGiven> {
    return this.#order(request, { act: "revoke" });
  }

  async kick(request: RoleRequest): Promise<RoleGiven> {
    return this.#order(request, { act: "kick" });
  }

  async ban(request: RoleRequest): Promise<RoleGiven> {
    return this.#order(request, { act: "ban" });
  }

  async unban(request: RoleRequest): Promise<RoleGiven> {
    return this.#order(request, { act: "unban" });
  }

  async mute(request: { node: string }): Promise<QuietView> {
    return this.#setQuiet(request, "muted");
  }

  async unmute(request: { node: string }): Promise<QuietView> {
    return this.#setQuiet(request, null, "muted");
  }

  async block(request: { node: string }): Promise<QuietView> {
    return this.#setQuiet(request, "blocked");
  }

  async unblock(request: { node: string }): Promise<QuietView> {
    return this.#setQuiet(request, null, "blocked");
  }

  async quiet(): Promise<QuietView[]> {
    this.#engine.checkRunning();
    const { quiet, names } = this.#engine;
    return quiet.list().map(({ nodeId, how }) => ({ nodeId, name: names.of(nodeId), quiet: how }));
  }

  async requests(): Promise<RequestView[]> {
    this.#engine.checkRunning();
    const { core, names } = this.#engine;
    return core.requests().map(({ node, at }) => ({ nodeId: node, name: names.of(node), at }));
  }

  async accept(request: { node: string }): Promise<{ channelId: string; name: string }> {
    const { core, names } = this.#engine;
    const pair = names.nodeOf(text(request, "node")) as NodeId;
    if (!core.requests().some(({ node }) => node === pair))
      throw new ApiError("no-such-request", `${names.of(pair)} does not wait for an answer: "ptpchat requests" shows who does`);
    const { id: channelId, name } = talkWith(this.#engine, pair);
    this.#engine.command({ kind: "join", channelId, name: "", at: [], pair });
    await this.#engine.kept();
    return { channelId, name };
  }

  async #order(request: RoleRequest, order: RoleOrder): Promise<RoleGiven> {
    const { core, names } = this.#engine;
    const joined = this.#engine.joined();
    const asked = channelMeant(this.#engine, text(request, "channel"));
    const channel = joined.find(({ id }) => id === asked.id);
    const label = channelLabel({ id: asked.id, name: shownName(asked, joined) });
    if (channel === undefined) throw new ApiError("no-such-channel", `you are not in ${label}: join it first`);
    const nodeId = names.nodeOf(text(request, "node"));
    const plan = core.plan(channel.id, nodeId, order);
    const who = nodeId === core.nodeId ? "you" : names.of(nodeId);
    if (typeof plan === "string") throw new ApiError("not-allowed", refusalWords(plan, label, who, order), plan);
    const { statements, role } = plan;
    if (statements.length > 0) await this.ordered((id) => ({ kind: "order", id, channelId: channel.id, statements }));
    return { channelId: channel.id, nodeId, name: names.of(nodeId), role, changed: statements.length > 0 };
  }

  /** Gives a command that writes; resolves with the channel once that is on the disk. */
  protected ordered(command: (id: string) => Parameters<Engine["command"]>[0]): Promise<string> {
    this.#engine.checkRunning();
    const id = newPostId();
    const done = this.#engine.waits.until(`order ${id}`, SAVE_MS, orderedWhen, () => late());
    this.#engine.command(command(id));
    return done;
  }

  /** @param from - only where it is this; another wish of the user's stays */
  async #setQuiet(request: { node: string }, how: Quiet | null, from?: Quiet): Promise<QuietView> {
    this.#engine.checkRunning();
    const { quiet, names } = this.#engine;
    const nodeId = names.nodeOf(text(request, "node"));
    const before = quiet.of(nodeId);
    if (from === undefined || before === from) await quiet.set(nodeId, how, Date.now());
    else if (before !== null)
      throw new ApiError("usage", `${names.of(nodeId)} is ${before}, not ${from}: un${before === "muted" ? "mute" : "block"} it`);
    return { nodeId, name: names.of(nodeId), quiet: how };
  }
}

function orderedWhen(event: NodeEvent): string | undefined {
  if (event.type !== "ordered") return undefined;
  const { state, channelId, reason = "io-error" } = event;
  if (state === "saved") return channelId;
  if (state === "stalled")
    throw new ApiError(
      "store-failed",
      `it is not on the disk yet (${reason}): free some space or check the disk. While this node runs it keeps trying, and tells the others then`,
      reason,
    );
  if (reason === "not-joined") throw new ApiError("no-such-channel", "you have left the channel meanwhile");
  throw new ApiError("store-failed", `it could not be kept, so nothing is changed (${reason}): free some space or check the disk`, reason);
}

function late(): ApiError {
  return new ApiError("timeout", `the disk did not answer within ${SAVE_MS / 1_000} s; it may still be done`);
}

export function refusalWords(refusal: OrderRefusal, label: string, who: string, { act }: RoleOrder): string {
  switch (refusal) {
    case "no-owner":
      return `nobody owns ${label}, so there are no roles in it: "ptpchat create NAME" makes a channel of your own; "ptpchat block NODE" is for you alone`;
    case "no-genesis":
      return `it is not known yet who owns ${label}: none of its members was reached so far. "ptpchat join ${label.replace(/^#/, "")} --at PEER" names one`;
    case "not-admin":
      return `in ${label} only its owner and admins do that, and you are neither; "ptpchat block NODE" is for you alone`;
    case "owner-only":
      return `in ${label} only the owner does that: it makes, lowers and removes admins, and bans`;
    case "banned":
      return `the owner of ${label} has banned ${who}, and only the owner lets in again`;
    case "is-owner":
      return `${who === "you" ? "you are" : `${who} is`} the owner of ${label}: nobody gives to the owner, or takes from it`;
    case "self":
      return `that is yourself: "ptpchat leave" is how you go`;
    case "no-past":
      return `in ${label} there is nothing of before to be shown: everybody reads all of an open channel, and one made with --no-history shows it to nobody`;
    case "not-needed":
      return notNeeded(act, label, who);
  }
}

function notNeeded(act: RoleOrder["act"], label: string, who: string): string {
  if (act === "unban") return `${who} was not removed from ${label}`;
  if (act === "revoke") return `${who} has no role of its own in ${label} that could be taken`;
  return `${who} is not in ${label} any more`;
}
