/**
 * ristretto255 by `@noble/curves`, since libsodium's binding has none. Loaded only where a word code is made or used: that takes some
 * tens of milliseconds, which no start of a node should pay.
 */
import type { Ristretto } from "./cpace.ts";

export async function loadRistretto(): Promise<Ristretto> {
  const { ristretto255, ristretto255_hasher: hasher } = await import("@noble/curves/ed25519.js");
  const { Point } = ristretto255;
  if (hasher.deriveToCurve === undefined) throw new Error("this version of @noble/curves maps nothing to ristretto255");
  const map = hasher.deriveToCurve;

  /** What a stranger sent: null where it encodes no element, or the neutral one, of which every multiple is known. */
  function pointOf(element: Uint8Array) {
    try {
      const point = Point.fromBytes(element);
      return point.is0() ? null : point;
    } catch {
      return null;
    }
  }

  return {
    fromUniform: (bytes) => map(bytes).toBytes(),
    multiply(scalar, element) {
      const product = pointOf(element)?.multiply(numberOf(scalar));
      return product === undefined || product.is0() ? null : product.toBytes();
    },
  };
}

/** @param scalar - little endian */
function numberOf(scalar: Uint8Array): bigint {
  return scalar.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
