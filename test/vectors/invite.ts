/** The vectors of invites (`invite.json`), typed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InviteLink } from "../../src/app/invite-link.ts";
import type { ChannelHash } from "../../src/core/index.ts";

interface LinkVector {
  readonly about: string;
  readonly text: string;
  readonly link: { readonly genesis: string; readonly inviter: string; readonly seed: string; readonly name: string; readonly places: string[] };
}

interface EventVector {
  readonly about: string;
  readonly message: string;
  readonly channel: ChannelHash;
  readonly signed: string;
  readonly id: string;
  readonly sig: string;
}

interface Vectors {
  readonly events: { readonly seed: string; readonly all: readonly EventVector[] };
  readonly links: readonly LinkVector[];
  readonly proof: Readonly<Record<"seed" | "inv_pub" | "channel" | "joiner" | "handshake_hash" | "signed" | "proof", string>>;
  readonly code: Readonly<
    Record<
      | "words" | "slot_invite" | "slot_contact" | "host" | "guest" | "ci" | "sid" | "ya" | "yb" | "host_cpace" | "guest_cpace" | "isk"
      | "guest_confirm" | "host_confirm" | "key" | "payload" | "sealed",
      string
    >
  >;
}

export const INVITE = JSON.parse(readFileSync(join(import.meta.dirname, "invite.json"), "utf8")) as Vectors;

export const LINKS = INVITE.links.map(({ about, text, link }) => ({
  about,
  text,
  link: { ...link, seed: new Uint8Array(Buffer.from(link.seed, "hex")) } as unknown as InviteLink,
}));
