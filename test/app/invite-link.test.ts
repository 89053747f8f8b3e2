/** Links of invites: what goes in comes out, and what was cut, mistyped or made up is refused in words. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InviteLink, isLink, linkText, parseLink } from "../../src/app/invite-link.ts";
import type { ChannelHash } from "../../src/core/index.ts";
import { base32 } from "../../src/crypto/index.ts";
import type { NodeId } from "../../src/wire/index.ts";
import { LINKS } from "../vectors/invite.ts";

const LINK: InviteLink = {
  genesis: "3f".repeat(32) as ChannelHash,
  inviter: base32(new Uint8Array(32).fill(7)) as NodeId,
  seed: new Uint8Array(32).fill(9),
  name: "größe",
  places: ["203.0.113.5:7667", "[2001:db8::1]:7668", "[::1]:7669", "chat.example.org:7667"],
};

test.each(LINKS)("is as it stands in the vectors: $about", ({ link, text }) => {
  expect(linkText(link)).toBe(text);
  expect(parseLink(text)).toEqual(link);
});

function refuses(text: string): void {
  expect(() => parseLink(text), text).toThrow(expect.objectContaining({ code: "bad-invite" }));
}

describe("a link", () => {
  test("comes back as it went, with white space around it", () => {
    expect(parseLink(`  ${linkText(LINK)}\n`)).toEqual(LINK);
  });

  test("carries at most twelve places", () => {
    const places = Array.from({ length: 20 }, (_, n) => `203.0.113.${n + 1}:7667`);
    expect(parseLink(linkText({ ...LINK, places })).places).toEqual(places.slice(0, 12));
  });

  test("is refused wherever a letter is missing or another", () => {
    const text = linkText(LINK);
    for (let at = 0; at < text.length; at++) {
      const cut = text.slice(0, at) + text.slice(at + 1);
      const letter = text[at] === "A" ? "B" : "A";
      for (const bad of [cut, text.slice(0, at), text.slice(0, at) + letter + text.slice(at + 1)]) refuses(bad);
    }
  });

  test("is refused when it is none, whatever it is", () => {
    fc.assert(fc.property(fc.string(), refuses));
    const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => `ptpchat:1/${Buffer.from(bytes).toString("base64url")}`);
    fc.assert(fc.property(body, refuses));
  });

  test("of a later version is told from one that is damaged", () => {
    expect(() => parseLink("ptpchat:2/AAAA")).toThrow(expect.objectContaining({ reason: "later" }));
    expect(() => parseLink("ptpchat:1/AAAA")).toThrow(expect.objectContaining({ reason: "damaged" }));
    expect(() => parseLink("https://example.org")).toThrow(expect.objectContaining({ reason: "none" }));
    expect([isLink("PTPCHAT:1/x"), isLink("lobby")]).toEqual([true, false]);
  });
});
