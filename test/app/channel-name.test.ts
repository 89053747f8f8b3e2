import { describe, expect, test } from "vitest";
import { type ChannelName, channelLabel, channelLink, findChannel, parseChannel, shownName } from "../../src/app/channel-name.ts";
import type { ChannelHash } from "../../src/core/index.ts";

const GUID = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98";

describe("a channel as people write it", () => {
  test("#lobby has the same id on every node", () => {
    expect(parseChannel("#lobby")).toEqual({ id: GUID, name: "lobby", genesis: null, pair: null });
  });

  test("capitals and the way of writing accents make no other channel, and are shown as typed", () => {
    expect(parseChannel("#Lobby")).toEqual({ id: GUID, name: "Lobby", genesis: null, pair: null });
    expect(parseChannel("#cafe\u0301")).toEqual(parseChannel("#caf\u00e9"));
  });

  test("a GUID is taken as it is, in lower case", () => {
    expect(parseChannel(GUID.toUpperCase())).toEqual({ id: GUID, name: "", genesis: null, pair: null });
  });

  test("is shown by its name, else by its GUID", () => {
    expect(channelLabel(parseChannel("#lobby"))).toBe("#lobby");
    expect(channelLabel(parseChannel(GUID))).toBe(GUID);
  });

  test.each(["", "#", "lobby", "# ", "#a b", "#a\tb", "#a\u0000", "#a\u200b", "#\ud800", `#${"x".repeat(65)}`])(
    "%j is refused with words",
    (text) => {
      expect(() => parseChannel(text)).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining("#") }));
    },
  );

  test.each(["@ada", "#@ada"])("%j is no channel that a name alone leads to", (text) => {
    expect(() => parseChannel(text)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("a talk of two is shown by the name of the other", () => {
    expect(channelLabel({ id: GUID as never, name: "@ada~3F2A" })).toBe("@ada~3F2A");
  });
});

describe("a channel with an owner", () => {
  const owned = (digits: string) => parseChannel(`#garden@${digits.padEnd(64, "0")}`);
  const [one, other] = [owned("3f2a1"), owned("3f2a2")];

  test("is known by its link, in any case of its digits", () => {
    expect(one).toMatchObject({ name: "garden", genesis: `3f2a1${"0".repeat(59)}` });
    expect(parseChannel(`#garden@${`3F2A1${"0".repeat(59)}`}`)).toEqual(one);
    expect(one.id).toBe("3f2a1000-0000-8000-8000-000000000000");
    expect(channelLink(one)).toBe(`garden@3f2a1${"0".repeat(59)}`);
    expect(channelLink(parseChannel("#garden"))).toBeNull();
  });

  test("is called by as many digits as tell it from others of that name", () => {
    expect(shownName(one, [one])).toBe("garden@3f2a");
    expect(shownName(one, [one, other])).toBe("garden@3f2a1");
    expect(shownName(one, [one, { ...other, name: "meadow" }])).toBe("garden@3f2a");
    expect(shownName(parseChannel("#garden"), [one, other])).toBe("garden");
  });

  test("is found by its name where there is no other, and by the beginning of its id", () => {
    const open = parseChannel("#garden");
    expect(findChannel("#Garden", [one])).toEqual(one);
    expect(findChannel("#garden", [one, open])).toEqual(open);
    expect(findChannel("#garden@3f2a1", [one, other])).toEqual(one);
    expect(findChannel(one.id, [one])).toEqual(one);
    expect(findChannel("#garden", [])).toEqual(open);
    for (const word of ["#garden", "#garden@3f2a"]) {
      expect(() => findChannel(word, [one, other])).toThrow(
        expect.objectContaining({ code: "usage", message: expect.stringContaining("#garden@3f2a2") }),
      );
    }
  });

  test.each(["#garden@3f2a", `#garden@${"3".repeat(65)}`])("%j alone joins nothing: the whole id is needed", (text) => {
    expect(() => findChannel(text, [])).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("whose genesis names it by what no name may be is shown by its GUID", () => {
    const nameless: ChannelName = { id: one.id, name: "", genesis: one.genesis as ChannelHash, pair: null };
    expect(channelLabel({ id: nameless.id, name: shownName(nameless, [nameless]) })).toBe(one.id);
  });
});
