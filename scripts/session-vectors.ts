/**
 * Writes test/vectors/session.json: one whole handshake and the first frames, with every key and number that went into
 * them, so that another implementation can be checked step by step. A test compares it with what the core does.
 *
 *   node scripts/session-vectors.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EventShelf, NO_CONTACTS, NOBODY_QUIET, Node, type NodeConfig, type Output } from "../src/core/index.ts";
import type { Crypto, Ed25519KeyPair } from "../src/crypto/index.ts";
import { sodiumCrypto } from "../src/crypto/sodium/index.ts";
import { simCertificate, simCertificates } from "../src/sim/certificates.ts";
import { type Endpoint, isFrame } from "../src/wire/index.ts";

const FILE = fileURLToPath(new URL("../test/vectors/session.json", import.meta.url));
const A = "192.0.2.1:7667" as Endpoint;
const B = "192.0.2.2:7667" as Endpoint;
/** 2026-01-01. */
const CLOCK = 1_767_225_600_000;
const MESSAGE = { kind: "join", channelId: "69f4d030-8919-8abf-a2be-9c3b4f5a4c98", name: "lobby", at: [] } as const;

export interface SideVector {
  /** Seed of the Ed25519 identity key, and the X25519 secrets in the order in which they were made: link key, then ephemeral key. */
  readonly identity_seed: string;
  readonly x25519_secrets: readonly string[];
  readonly certificate: string;
}

export interface SessionVector {
  readonly about: string;
  readonly clock: number;
  readonly initiator: SideVector;
  readonly responder: SideVector;
  readonly datagrams: readonly { readonly from: "initiator" | "responder"; readonly text?: string; readonly frame?: string }[];
}

class Side {
  readonly secrets: Uint8Array[] = [];
  readonly seed: Uint8Array;
  readonly keyPair: Ed25519KeyPair;
  readonly certificate: Uint8Array;
  readonly node: Node;
  #drawn = 0;

  constructor(fill: number, nick: string, peers: readonly Endpoint[]) {
    this.seed = new Uint8Array(32).fill(fill);
    this.keyPair = sodiumCrypto.ed25519KeyPair(this.seed);
    this.certificate = simCertificate(this.keyPair.publicKey, nick);
    this.node = new Node(this.#config(peers));
  }

  get vector(): SideVector {
    return { identity_seed: hex(this.seed), x25519_secrets: this.secrets.map(hex), certificate: hex(this.certificate) };
  }

  #config(peers: readonly Endpoint[]): NodeConfig {
    const crypto: Crypto = {
      ...sodiumCrypto,
      x25519KeyPair: (secret) => {
        this.secrets.push(secret);
        return sodiumCrypto.x25519KeyPair(secret);
      },
    };
    return {
      publicKey: this.keyPair.publicKey,
      signingKey: this.keyPair,
      certificate: this.certificate,
      certificates: simCertificates,
      peers,
      compatNodeId: false,
      contacts: NO_CONTACTS,
      quiet: NOBODY_QUIET,
      rendezvous: false,
      epoch: CLOCK,
      events: new EventShelf(),
      restored: { channels: [], members: [], logs: [], recent: [] },
      crypto,
      random: (length) => this.#random(length),
    };
  }

  /** Numbers that look like chance and never change: SHA-256 of a count, under the side's own seed. */
  #random(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sodiumCrypto.hmacSha256(this.seed, Uint8Array.of(this.#drawn++));
      bytes.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  }
}

/** Plays the handshake, and one JOIN inside the session. All happens at one instant. */
export function sessionVector(): SessionVector {
  const sides = { initiator: new Side(1, "ada", [B]), responder: new Side(2, "bob", []) };
  const datagrams: { from: "initiator" | "responder"; text?: string; frame?: string }[] = [];
  const carry = (from: "initiator" | "responder", outputs: readonly Output[]): void => {
    const other = from === "initiator" ? "responder" : "initiator";
    for (const output of outputs) {
      if (output.kind !== "send") continue;
      datagrams.push(isFrame(output.bytes) ? { from, frame: hex(output.bytes) } : { from, text: new TextDecoder().decode(output.bytes) });
      carry(
        other,
        sides[other].node.step(0, { kind: "datagram", socket: 0, from: from === "initiator" ? A : B, bytes: output.bytes.slice() }),
      );
    }
  };
  carry("initiator", sides.initiator.node.step(0, { kind: "start" }));
  carry("initiator", sides.initiator.node.step(0, { kind: "command", command: MESSAGE as never }));
  return {
    about:
      "A configured B and calls it; both sessions begin, and A says JOIN inside. Everything at one instant, at `clock` (ms since 1970). Certificates are stand-ins: `cert:`, the key, the nick, spaces. PROTOCOL.md §11, §12.",
    clock: CLOCK,
    initiator: sides.initiator.vector,
    responder: sides.responder.vector,
    datagrams,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, `${JSON.stringify(sessionVector(), null, 2)}\n`);
