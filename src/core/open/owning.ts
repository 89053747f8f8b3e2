/** Channels with an owner: made, given roles in, and left for good. PROTOCOL.md §13.7, §13.8. */
import { type InstanceId, isChannelName, type NodeId } from "../../wire/index.ts";
import type { Channel } from "../channel-table.ts";
import type { Command } from "../io.ts";
import { channelRow, joinChannel } from "../joining.ts";
import { type Detail, type Event, eventOf, GENESIS, signEvent } from "../log/event.ts";
import { channelGuid } from "../log/event-message.ts";
import { US_PER_MS } from "../log/hlc.ts";
import type { Words } from "../log/own-log.ts";
import { type Charter, NO_HISTORY } from "../log/statement.ts";
import { toHex } from "../log/text-form.ts";
import { abandonPosts } from "../posts.ts";
import { save } from "../saving.ts";
import type { NodeState } from "../state.ts";
import type { Instant } from "../time.ts";
import { carry, clocksOf, flushOwn } from "./carry.ts";
import { releaseHeld, whenChecked } from "./holding-back.ts";
import { type OpenChannel, openUp } from "./open-channel.ts";
import { secrecyOf } from "./secrecy.ts";
import { showAll, showEffectAnew } from "./shown.ts";
import { takeUnheard } from "./unheard.ts";

type Order<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const INST_BYTES = 8;
/** Makes two channels of one name, made by one node at one time, two. */
const SALT_BYTES = 16;

/** Makes a channel that belongs to this node, and enters it. */
export function createChannel(node: NodeState, { id: ref, name, others, keepsPast }: Order<"create">, now: Instant): void {
  const mode: Detail[] =
    others === "none"
      ? [["mode", "private"], ...(keepsPast === true ? [NO_HISTORY] : [])]
      : [
          ["mode", "open"],
          ["others", others],
        ];
  const genesis = genesisOf(node, name, mode, now);
  const channelId = channelGuid(genesis.channel);
  const channel = node.channels.openOwn(channelId, name);
  channel.genesis = genesis.channel;
  const open = openUp(node, channel, genesis);
  if (open === null) throw new Error("a node without a key owns nothing: its door should have said so");
  channel.open = open;
  open.orders.add(ref);
  open.commands.set(genesis.id, ref);
  carry(node, channel, open, open.lasting.found(genesis, clocksOf(node, now)), now); // on the disk before the channel that it makes
  joinChannel(node, { channelId, name, at: [], genesis: genesis.channel }, now);
}

function genesisOf(node: NodeState, name: string, mode: readonly Detail[], now: Instant): Event {
  const { crypto, random, signingKey } = node.config;
  if (signingKey === null) throw new Error("a node without a key signs nothing: its door should have said so");
  const details: Detail[] = [...mode, ["name", name], ["salt", toHex(random(SALT_BYTES))]];
  const event = eventOf(
    crypto,
    {
      channel: NO_CHANNEL,
      author: node.nodeId as NodeId,
      inst: toHex(random(INST_BYTES)) as InstanceId,
      seq: 1,
      prev: null,
      deps: [],
      hlc: node.timestamp(now) * US_PER_MS,
      kind: GENESIS,
      text: "",
      details,
    },
    null,
  );
  if (typeof event === "string") throw new Error(`no genesis: ${event}`);
  return signEvent(crypto, event, signingKey);
}

/** A genesis names its channel itself. */
const NO_CHANNEL = "" as Event["channel"];

/** Writes statements of ours, under one signature so that nobody sees half of them, or why not. */
export function writeOrder(node: NodeState, { id: ref, channelId, statements }: Order<"order">, now: Instant): void {
  const channel = node.channels.get(channelId);
  const open = channel?.open ?? null;
  if (channel === undefined || open === null) return refuse(node, channelId, ref, "not-joined");
  whenChecked(node, open, (at) => writeOrderNow(node, channel, open, ref, statements, at), now);
}

function writeOrderNow(
  node: NodeState,
  channel: Channel,
  open: OpenChannel,
  ref: string,
  statements: readonly Words[],
  now: Instant,
): void {
  const channelId = open.id;
  if (node.saving.failed !== null) return refuse(node, channelId, ref, node.saving.failed);
  const clocks = clocksOf(node, now);
  carry(node, channel, open, open.lasting.flush(clocks), now); // what was said before, so that these go together
  for (const words of statements) {
    const event = open.lasting.write(words, clocks);
    if (typeof event === "string") throw new Error(`a statement of ours is no event: ${event}`);
    open.commands.set(event.id, ref);
  }
  open.orders.add(ref);
  flushOwn(node, channel, open, now);
}

function refuse(node: NodeState, channelId: Channel["id"], ref: string, reason: string): void {
  node.emit({ type: "ordered", ref, channelId, state: "refused", reason });
}

/** Says for good that we leave, where there is somebody with a role to say it. */
export function leaveOpen(node: NodeState, channel: Channel, open: OpenChannel, now: Instant): void {
  node.leftChannels.set(open.hash, open);
  releaseHeld(open, now);
  abandonPosts(node, takeUnheard(open));
  const { lasting } = open;
  if (!lasting.isKnown || lasting.roles.charter.owner === null || lasting.ownRole === "none") return;
  const clocks = clocksOf(node, now);
  carry(node, channel, open, lasting.flush(clocks), now);
  carry(node, channel, open, lasting.leave(clocks), now);
}

/** What we were given the name of turned out to be a channel with this charter; null: of a kind that we do not know. */
export function onCharter(node: NodeState, channel: Channel, open: OpenChannel, charter: Charter | null, now: Instant): void {
  const { id: channelId } = channel;
  if (charter === null || charter.owner === null) return node.emit({ type: "unfit-channel", channelId });
  if (isChannelName(charter.name) && charter.name !== channel.name) {
    channel.name = charter.name;
    if (channel.joined) save(node, [{ kind: "channel", channel: channelRow(node, channel, now) }]);
  }
  open.watch.begin(open.lasting.roles);
  open.secrecy ??= secrecyOf(node, open);
  node.emit({ type: "charter", channelId, owner: charter.owner, called: channel.name, others: charter.others });
}

/** Others who left for good say so by events. */
export function tellPartings(node: NodeState, open: OpenChannel, events: readonly Event[]): void {
  if (open.lasting.roles.charter.owner === null) return;
  const partings = events.filter((event) => event.kind === "leave" && event.author !== node.nodeId && open.sight.counts(event));
  for (const { author, hlc } of partings) {
    node.emit({ type: "parted", channelId: open.id, node: author, at: Math.floor(hlc / US_PER_MS) });
  }
}

/** Says whose role has changed, and what is shown because of it, and what no more. Called at every pulse. */
export function tellRoles(node: NodeState, open: OpenChannel, now: Instant): void {
  for (const change of open.watch.take(open.lasting.roles)) node.emit({ type: "role", channelId: open.id, ...change });
  const { shown, gone, effects } = open.sight.look();
  if (shown.length > 0) showAll(node, open, shown, now);
  for (const { id } of gone) node.emit({ type: "post-gone", id, channelId: open.id });
  for (const { event, before } of effects) showEffectAnew(node, open, event, before, now);
}
