import { expect, test, vi } from "vitest";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { checkedOnce } from "../../src/sim/checked-once.ts";

const message = new TextEncoder().encode("a list of neighbours");
const [one, other] = [1, 2].map((seed) => sodiumCrypto.ed25519KeyPair(new Uint8Array(32).fill(seed))) as [
  ReturnType<typeof sodiumCrypto.ed25519KeyPair>,
  ReturnType<typeof sodiumCrypto.ed25519KeyPair>,
];
const signature = sodiumCrypto.ed25519Sign(message, one);

test("a signature that is checked again is not worked out again", () => {
  const ed25519Verify = vi.fn(sodiumCrypto.ed25519Verify);
  const crypto = checkedOnce({ ...sodiumCrypto, ed25519Verify });
  for (let at = 0; at < 3; at++) expect(crypto.ed25519Verify(signature.slice(), message.slice(), one.publicKey.slice())).toBe(true);
  expect(ed25519Verify).toHaveBeenCalledTimes(1);
});

test("what holds for one message and one key says nothing of others, nor of bytes that change afterwards", () => {
  const crypto = checkedOnce(sodiumCrypto);
  const bytes = message.slice();
  expect(crypto.ed25519Verify(signature, bytes, one.publicKey)).toBe(true);
  bytes[0] = 0;
  expect(crypto.ed25519Verify(signature, bytes, one.publicKey)).toBe(false);
  expect(crypto.ed25519Verify(signature, message, one.publicKey)).toBe(true);
  expect(crypto.ed25519Verify(signature, message, other.publicKey)).toBe(false);
  expect(crypto.ed25519Verify(signature, message.subarray(1), one.publicKey)).toBe(false);
  expect(crypto.ed25519Verify(signature, message, one.publicKey)).toBe(true);
});
