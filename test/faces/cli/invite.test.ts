/** The commands about invites: invite, join with a link or a code, and contacts by a code. */
import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/app/api.ts";
import { BOB, FakeNode, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

const json = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("invite", () => {
  test("prints the link alone, and says beside it what it is good for and how it ends", async () => {
    const { code, out, err, node } = await run(["invite", "garden", "--role", "reader", "--uses", "3", "--for", "12h"]);
    expect({ code, out }).toEqual({ code: 0, out: "ptpchat:1/AAAA\n" });
    expect(node.asked("invite")).toEqual([{ channel: "#garden", role: "reader", uses: 3, forMs: 12 * 3_600_000 }]);
    for (const words of ["3 nodes, as a reader, until 2023-11-14", "ptpchat join LINK", "--revoke 3f3f3f3f"]) expect(err).toContain(words);
  });

  test("shows it as a QR code too, or as four words instead", async () => {
    expect((await run(["invite", "garden", "--qr"])).out).toContain("█");
    const { out, err } = await run(["invite", "garden", "--words"]);
    expect(out).toBe("able-about-above-absent\n");
    expect(err).toContain("ptpchat join able-about-above-absent");
    expect(json((await run(["invite", "garden", "--words", "--json"])).out)).toMatchObject([
      { channel_id: LOBBY, channel: "#garden@3f2a", code: "able-about-above-absent", role: "member", uses: 1, until: 1_700_000_000_000 },
    ]);
  });

  test("says that whoever comes by it reads what was said before, where it is to", async () => {
    const { node, err } = await run(["invite", "attic", "--history"]);
    expect(node.asked("invite")).toEqual([{ channel: "#attic", history: true }]);
    expect(err).toContain("1 node, as a member who also reads what was said before, until 2023-11-14");
  });

  test("lists the invites so far, and ends one", async () => {
    const { out } = await run(["invite", "garden", "--list"]);
    expect(out).toMatch(/3f3f3f3f +open +member +no +1 of 2 +2023-11-14 +bob~0BRW/);
    const { out: ended, node } = await run(["invite", "garden", "--revoke", "3f3f"]);
    expect(node.asked("revokeInvite")).toEqual([{ channel: "#garden", invite: "3f3f" }]);
    expect(ended).toContain("nobody comes in by the invite 3f3f3f3f any more");
    expect(json((await run(["invite", "garden", "--list", "--json"])).out)).toMatchObject([
      { state: "open", by: BOB, guests: [expect.any(String)] },
    ]);
  });

  test.each([["7"], ["7w"], ["-1d"], ["999999d"]])("takes no span %s", async (span) => {
    const { code, node } = await run(["invite", "garden", `--for=${span}`]);
    expect({ code, calls: node.asked("invite") }).toEqual({ code: 2, calls: [] });
  });
});

describe("join", () => {
  test.each(["ptpchat:1/AAAA", "able-about-above-absent", "able-about-above-absent@chat.example.org:7667"])(
    "by %s comes in, and says each step",
    async (invite) => {
      const steps = ["looking", "asking", "fetching"] as const;
      const node: FakeNode = new FakeNode({
        redeem: async ({ ref = "" }) => {
          for (const step of steps) node.emit({ type: "knock", ref, channelId: LOBBY as never, step: { step, from: BOB } as never });
          node.emit({ type: "knock", ref: "another", channelId: LOBBY as never, step: { step: "looking" } });
          return { channelId: LOBBY, name: "garden@3f2a", role: "member", history: false, invitedBy: BOB, invitedByName: "bob~0BRW" };
        },
      });
      const { code, out, err } = await run(["join", invite, "--timeout", "5"], { node });
      expect({ code, out }).toEqual({ code: 0, out: "joined #garden@3f2a by bob~0BRW's invite, and are a member there\n" });
      expect(err).toBe("looking for a member ...\nasking to be let in ...\nfetching the channel ...\n");
      expect(node.asked("redeem")).toEqual([{ invite, ref: expect.stringMatching(/^[0-9a-f]{32}$/), timeoutMs: 5_000 }]);
    },
  );

  test("of a channel whose name is four words goes there, with its sign", async () => {
    const { node } = await run(["join", "#able-about-above-absent"]);
    expect([node.asked("redeem"), node.asked("join")]).toEqual([[], [{ channel: "#able-about-above-absent" }]]);
  });

  test("says why nobody let it in", async () => {
    const refused = async () => Promise.reject(new ApiError("not-let-in", "the invite to #garden has expired: ask bob", "expired"));
    const { code, err } = await run(["join", "ptpchat:1/AAAA"], { node: new FakeNode({ redeem: refused }) });
    expect(code).toBe(1);
    expect(err).toContain("has expired: ask bob");
  });
});

describe("contact", () => {
  test("add --words prints the words at once, and waits for whoever comes with them", async () => {
    const { code, out, err, node } = await run(["contact", "add", "--words", "bob"]);
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toBe("able-about-above-absent@chat.example.org:7667");
    expect(out).toContain("verified on 2023-11-14 by a word code");
    expect(err).toContain("ptpchat contact add able-about-above-absent@chat.example.org:7667 NAME");
    expect(node.asked("meetContact")).toMatchObject([{ name: "bob", code: "able-about-above-absent@chat.example.org:7667", role: "host" }]);
  });

  test("add WORDS NAME comes with the words of another", async () => {
    const { node } = await run(["contact", "add", "able-about-above-absent", "ada"]);
    expect(node.asked("meetContact")).toMatchObject([{ name: "ada", code: "able-about-above-absent", role: "guest" }]);
    expect(node.asked("addContact")).toEqual([]);
  });

  test("policy says by which paths", async () => {
    const { out, node } = await run(["contact", "policy", "bob", "relay"]);
    expect(node.asked("setContactPolicy")).toEqual([{ name: "bob", policy: "relay" }]);
    expect(out).toContain("@bob is reached over relays only");
    expect((await run(["contact", "policy", "bob", "never"])).code).toBe(2);
  });

  test("verify --scanned compares what a camera read", async () => {
    const { node } = await run(["verify", "@bob", "--scanned", "12345 67890"]);
    expect(node.asked("verify")).toEqual([{ node: "@bob", scanned: "12345 67890" }]);
  });
});
