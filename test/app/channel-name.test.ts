import { describe, expect, test } from "vitest";
import { channelLabel, parseChannel } from "../../src/app/channel-name.ts";

const GUID = "69f4d030-8919-8abf-a2be-9c3b4f5a4c98";

describe("a channel as people write it", () => {
  test("#lobby has the same id on every node", () => {
    expect(parseChannel("#lobby")).toEqual({ id: GUID, name: "lobby" });
  });

  test("capitals and the way of writing accents make no other channel, and are shown as typed", () => {
    expect(parseChannel("#Lobby")).toEqual({ id: GUID, name: "Lobby" });
    expect(parseChannel("#cafe\u0301")).toEqual(parseChannel("#caf\u00e9"));
  });

  test("a GUID is taken as it is, in lower case", () => {
    expect(parseChannel(GUID.toUpperCase())).toEqual({ id: GUID, name: "" });
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

  test("@contact is kept for later", () => {
    expect(() => parseChannel("@ada")).toThrow(expect.objectContaining({ code: "not-yet" }));
  });
});
