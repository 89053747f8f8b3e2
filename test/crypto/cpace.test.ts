/** CPace: the run of the draft, byte for byte, and what a wrong secret, a wrong word or a bad element makes of one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { beginCPace, type CPaceInput, cpaceGenerator, finishCPace } from "../../src/crypto/index.ts";
import { loadRistretto } from "../../src/crypto/ristretto.ts";
import { sodiumCrypto as crypto } from "../../src/crypto/sodium/index.ts";

const ristretto = await loadRistretto();

const VECTORS = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/cpace-ristretto255.json"), "utf8")) as {
  run: Record<"PRS" | "CI" | "sid" | "g" | "ya" | "yb" | "ADa" | "ADb" | "Ya" | "Yb" | "K" | "ISK_IR", string>;
  points: { scalar: string; element: string; product: string; invalid: string[] };
};
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (of: Uint8Array | null) => (of === null ? null : Buffer.from(of).toString("hex"));
const words = (text: string) => new TextEncoder().encode(text);

describe("the run of the draft", () => {
  const { run } = VECTORS;
  const input: CPaceInput = { prs: bytes(run.PRS), ci: bytes(run.CI), sid: bytes(run.sid) };
  const a = beginCPace(crypto, ristretto, input, bytes(run.ya));
  const b = beginCPace(crypto, ristretto, input, bytes(run.yb));

  test("begins with its generator and its shares", () => {
    expect(hex(cpaceGenerator(crypto, ristretto, input))).toBe(run.g);
    expect([hex(a.share), hex(b.share)]).toEqual([run.Ya, run.Yb]);
  });

  test("ends at both ends with its key, and with tags of either that the other expects", () => {
    const [from, to] = [
      { share: a.share, ad: bytes(run.ADa) },
      { share: b.share, ad: bytes(run.ADb) },
    ];
    const [one, other] = [finishCPace(crypto, ristretto, a, from, to), finishCPace(crypto, ristretto, b, from, to)];
    expect(hex(ristretto.multiply(a.scalar, b.share))).toBe(run.K);
    expect(hex(one?.isk ?? null)).toBe(run.ISK_IR);
    expect(other).toEqual(one);
    expect(one?.initiatorTag).not.toEqual(one?.responderTag);
  });
});

describe("elements", () => {
  const { scalar, element, product, invalid } = VECTORS.points;

  test("are multiplied as the draft says", () => {
    expect(hex(ristretto.multiply(bytes(scalar), bytes(element)))).toBe(product);
  });

  test.each([...invalid, "00", "ff".repeat(32), `${"ed".padEnd(62, "f")}7f`])("%s is none, and ends the run", (bad) => {
    expect(ristretto.multiply(bytes(scalar), bytes(bad))).toBeNull();
    const input = { prs: words("secret"), ci: words("test"), sid: words("1") };
    const own = beginCPace(crypto, ristretto, input, new Uint8Array(32).fill(5));
    expect(finishCPace(crypto, ristretto, own, { share: own.share, ad: words("a") }, { share: bytes(bad), ad: words("b") })).toBeNull();
  });
});

describe("two ends", () => {
  const INPUT: CPaceInput = { prs: words("able-about-above"), ci: words("test"), sid: words("1") };
  const run = (changed: Partial<CPaceInput>, ad = "b") => {
    const a = beginCPace(crypto, ristretto, INPUT, new Uint8Array(32).fill(1));
    const b = beginCPace(crypto, ristretto, { ...INPUT, ...changed }, new Uint8Array(32).fill(2));
    const from = { share: a.share, ad: words("a") };
    return [
      finishCPace(crypto, ristretto, a, from, { share: b.share, ad: words("b") }),
      finishCPace(crypto, ristretto, b, from, { share: b.share, ad: words(ad) }),
    ] as const;
  };

  test("with one secret have one key", () => {
    const [one, other] = run({});
    expect(one).not.toBeNull();
    expect(other).toEqual(one);
  });

  test.each([
    ["another secret", { prs: words("able-about-absent") }, "b"],
    ["another purpose", { ci: words("text") }, "b"],
    ["another run", { sid: words("2") }, "b"],
    ["another name of one of them", {}, "c"],
  ] as const)("with %s have other keys, and neither's tags fit", (_, changed, ad) => {
    const [one, other] = run(changed, ad);
    for (const key of ["isk", "initiatorTag", "responderTag"] as const) expect(other?.[key]).not.toEqual(one?.[key]);
  });

  test("with a secret longer than a block of the hash have one key too", () => {
    const long = { prs: words("x".repeat(400)), ci: words("c".repeat(200)) };
    const a = beginCPace(crypto, ristretto, { ...INPUT, ...long }, new Uint8Array(32).fill(1));
    const b = beginCPace(crypto, ristretto, { ...INPUT, ...long }, new Uint8Array(32).fill(2));
    const [from, to] = [a, b].map(({ share }) => ({ share, ad: words("") })) as [never, never];
    expect(finishCPace(crypto, ristretto, a, from, to)).toEqual(finishCPace(crypto, ristretto, b, from, to));
  });
});
