import { argon2id as argon2idOfNoble } from "@noble/hashes/argon2.js";
import { describe, expect, test } from "vitest";
import { argon2id, PASSWORD_COST, passwordKey } from "../../src/crypto/sodium/password-hash.ts";
import { toHex, vectors } from "./vectors.ts";

interface Case {
  password: string;
  salt: string;
  passes: number;
  memoryKib: number;
  hash: string;
}

const text = (words: string) => new TextEncoder().encode(words);
const salt = text("oCSdi7b6I3UYftj6");

describe("argon2id", () => {
  test.each(vectors<{ cases: Case[] }>("argon2id").cases)("$passes passes over $memoryKib KiB: $hash", (entry) => {
    const cost = { passes: entry.passes, memoryKib: entry.memoryKib };
    expect(toHex(argon2id(text(entry.password), text(entry.salt), entry.hash.length / 2, cost))).toBe(entry.hash);
  });

  test("of 32 bytes is what another implementation gives", () => {
    const cost = { passes: 3, memoryKib: 1024 };
    for (const password of [text(""), text("pass"), new Uint8Array(200).fill(0xff)]) {
      const theirs = argon2idOfNoble(password, salt, { t: cost.passes, m: 1024, p: 1, dkLen: 32 });
      expect(argon2id(password, salt, 32, cost)).toEqual(theirs);
    }
  });
});

describe("the key of a password", () => {
  test("is argon2id of 32 bytes with 3 passes over 64 MiB, beside this thread", async () => {
    const expected = argon2id(text("pass"), salt, 32, { passes: 3, memoryKib: 65_536 });
    expect(await passwordKey(text("pass"), salt)).toEqual(expected);
    expect(PASSWORD_COST).toEqual({ passes: 3, memoryKib: 65_536 });
  });

  test("differs with the password and with the salt", async () => {
    const keys = await Promise.all([
      passwordKey(text("pass"), salt),
      passwordKey(text("Pass"), salt),
      passwordKey(text(""), salt),
      passwordKey(text("pass"), salt.toReversed()),
    ]);
    expect(new Set(keys.map(toHex)).size).toBe(4);
  });

  test("comes out right when password and salt are wiped while it is made", async () => {
    const [password, once] = [text("pass"), salt.slice()];
    const promise = passwordKey(password, once);
    password.fill(0);
    once.fill(0);
    expect(await promise).toEqual(await passwordKey(text("pass"), salt));
  });

  test("a salt of another length is the caller's mistake", async () => {
    for (const length of [0, 15, 17]) {
      await expect(passwordKey(text("pass"), new Uint8Array(length))).rejects.toThrow(RangeError);
    }
  });
});
