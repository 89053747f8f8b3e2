/**
 * ristretto255 by `@noble/curves`, since libsodium's binding has none. Loaded only where a word code is made or used: that takes some
 * tens of milliseconds, which no start of a node should pay.
 */
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import type { Ristretto } from "./cpace.ts";

const { Point } = ristretto255;

export const ristretto: Ristretto = {
  fromUniform(bytes) {
    if (ristretto255_hasher.deriveToCurve === undefined) throw new Error("this version of @noble/curves maps nothing to ristretto255");
    return ristretto255_hasher.deriveToCurve(bytes).toBytes();
  },

  multiply(scalar, element) {
    const point = pointOf(element);
    if (point === null) return null;
    const product = point.multiply(numberOf(scalar));
    return product.is0() ? null : product.toBytes();
  },
};

/** What a stranger sent: null where it encodes no element, or the neutral one, of which every multiple is known. */
function pointOf(element: Uint8Array): InstanceType<typeof Point> | null {
  try {
    const point = Point.fromBytes(element);
    return point.is0() ? null : point;
  } catch {
    return null;
  }
}

function numberOf(scalar: Uint8Array): bigint {
  return scalar.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
