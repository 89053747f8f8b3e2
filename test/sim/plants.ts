/** Nodes with something wrong in what they hear or say inside their sessions: what the checkers of whole swarms must find. */
import { Node, type NodeConfig } from "../../src/core/index.ts";
import type { Crypto } from "../../src/crypto/index.ts";
import type { MakeNode } from "../../src/sim/index.ts";

/** The letter that stands in such a word. */
const OTHER = 0x5f;

/** Every node, over other primitives. */
export function over(primitives: (crypto: Crypto, config: NodeConfig) => Partial<Crypto>): MakeNode {
  return (config) => new Node({ ...config, crypto: { ...config.crypto, ...primitives(config.crypto, config) } });
}

/** Nodes that hear one word of their sessions as another of the same length. */
export function deafTo(word: string): MakeNode {
  return over((crypto) => ({
    openInto(out, ...given) {
      const isOpen = crypto.openInto(out, ...given);
      garble(out, word);
      return isOpen;
    },
  }));
}

/** Nodes that never say a word in their sessions, but another of the same length. */
export function dumbAt(word: string): MakeNode {
  return over((crypto) => ({
    sealInto(out, key, counter, ad, plaintext) {
      garble(plaintext, word);
      crypto.sealInto(out, key, counter, ad, plaintext);
    },
  }));
}

function garble(bytes: Uint8Array, word: string): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(word);
  if (at >= 0) bytes[at + 1] = OTHER;
}
