/** What the tests say, as a foreign program would write it, and whom they say it from. */
import type { Command } from "../../src/core/index.ts";
import type { Endpoint, Guid } from "../../src/wire/index.ts";
import type { Host, World } from "./world.ts";

export const NODE = "198.51.100.1:7667";
export const LOBBY = "6f1c2d84-90ab-4cde-8f01-23456789abcd" as Guid;
export const ATTIC = "00000000-1111-4222-8333-444444444444" as Guid;
export const HELLO = { msg_type: "HELLO" };
export const ACK = { msg_type: "ACK" };

/** The n-th address of the tests' internet. */
export function at(n: number, port = 4_000): Endpoint {
  return `203.0.113.${n}:${port}` as Endpoint;
}

export function say(msg_type: string, msg_data?: unknown): object {
  return msg_data === undefined ? { msg_type } : { msg_type, msg_data };
}

export function text(message: string, more: object = {}): object {
  return say("MESSAGE", { channel_id: LOBBY, message, ...more });
}

export function join(more: object = {}): object {
  return say("JOIN", { channel_id: LOBBY, ...more });
}

export function relay(dst: Endpoint, message: object, src?: string): object {
  return say("RELAY", { dst, ...(src === undefined ? {} : { src }), message });
}

/** One valid body of each verb that the seed acknowledges. */
export const ACKED = {
  GETCERTIFICATE: undefined,
  CERTIFICATE: { certificate: "MIIB" },
  GETKEY: { channel_id: LOBBY },
  KEY: { channel_id: LOBBY, cipher: "none", key: "secret" },
  MESSAGE: { channel_id: LOBBY, message: "hi" },
} as const;

export function joins(at: Endpoint[] = [], channelId = LOBBY, name = "lobby"): Command {
  return { kind: "join", channelId, name, at };
}

/** The user's n-th post. */
export function posts(n: number, words: string, channelId = LOBBY): Command {
  return { kind: "post", id: idOf(n), channelId, text: words };
}

export function idOf(n: number): string {
  return n.toString(16).padStart(32, "0");
}

export function connects(to: string, via: Endpoint | null = null, ref = 1): Command {
  return { kind: "connect", ref, to: to as Endpoint, via };
}

/** A node in LOBBY, and a bare peer that the user named, which is a member and says HELLO every second. */
export function chat(world: World, peer = at(2)): { node: Host; peer: Host; silence: () => void } {
  const node = world.node(NODE, { peers: [peer] });
  const host = world.bare(peer);
  node.command(joins());
  const silence = world.rhythm(host, node.endpoint);
  world.run(50);
  host.send(node.endpoint, join());
  world.run(1_000);
  host.inbox.length = 0;
  return { node, peer: host, silence };
}
