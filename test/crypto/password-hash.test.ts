import { argon2id } from "@noble/hashes/argon2.js";
import { describe, expect, test } from "vitest";
import { PASSWORD_HASH_COST, passwordHash } from "../../src/crypto/sodium/password-hash.ts";
import { fromHex, toHex, vectors } from "./vectors.ts";

interface Case {
  password: string;
  salt: string;
  memoryKib: number;
  passes: number;
  hash: string;
}
const { cases } = vectors<{ cases: Case[] }>("argon2id");

describe("the hash of a password", () => {
  test.each(cases)("is that of the published vectors: $memoryKib KiB, $passes passes", async ({ password, salt, hash, ...cost }) => {
    expect(toHex(await passwordHash(fromHex(password), fromHex(salt), cost, hash.length / 2))).toBe(hash);
  });

  test("is what another implementation computes at the cost that we use", { timeout: 60_000 }, async () => {
    const [password, salt] = [new TextEncoder().encode("Grüße 🌻"), new Uint8Array(16).fill(9)];
    const { memoryKib: m, passes: t } = PASSWORD_HASH_COST;
    expect(await passwordHash(password, salt, PASSWORD_HASH_COST)).toEqual(argon2id(password, salt, { m, t, p: 1, dkLen: 32 }));
  });

  test("is refused with a salt of another length, or less memory than there may be", async () => {
    await expect(passwordHash(new Uint8Array(8), new Uint8Array(8), PASSWORD_HASH_COST)).rejects.toThrow(RangeError);
    await expect(passwordHash(new Uint8Array(8), new Uint8Array(16), { memoryKib: 1, passes: 3 })).rejects.toThrow();
  });
});
