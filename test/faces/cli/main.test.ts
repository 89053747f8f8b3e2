import { describe, expect, test } from "vitest";
import { ApiError, type ApiErrorCode } from "../../../src/app/api.ts";
import { COMMANDS } from "../../../src/faces/cli/commands.ts";
import { widthOf } from "../../../src/faces/shared/width.ts";
import { AS_BOB, BOB, entry, FakeNode, ID, LOBBY, member, peer, STATUS } from "../fake-node.ts";
import { run } from "./captured.ts";

const json = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("help", () => {
  test("lists every command that people type", async () => {
    const { code, out, err } = await run(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { name, summary, hidden } of COMMANDS) expect(out.includes(`${name} `) && out.includes(summary)).toBe(!hidden);
  });

  test.each(COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name))(
    "of %s has usage and examples, both ways to ask for it",
    async (name) => {
      const { code, out } = await run([name, "--help"]);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: ptpchat ${name}`);
      expect(out).toContain("Examples:");
      expect(out).toContain("--home DIR");
      expect((await run(["help", name])).out).toBe(out);
    },
  );

  test("of an unknown command guesses", async () => {
    expect(await run(["help", "sned"])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("Did you mean send?") });
  });
});

describe("exit codes", () => {
  const failing = (code: ApiErrorCode, reason: string | null = null) =>
    new FakeNode({ peers: () => Promise.reject(new ApiError(code, "what to do", reason)) });

  test.each([
    ["usage", 2],
    ["bad-address", 2],
    ["not-yet", 2],
    ["timeout", 3],
    ["no-daemon", 4],
    ["no-such-channel", 1],
    ["not-delivered", 1],
    ["store-failed", 1],
    ["internal", 1],
  ] as const)("%s ends with %i", async (error, expected) => {
    const { code, out, err, node } = await run(["peers"], { node: failing(error) });
    expect({ code, out, err }).toEqual({ code: expected, out: "", err: "ptpchat: what to do\n" });
    expect(node.closed, "it detaches").toBe(1);
  });

  test("with --json an error is one object on stderr", async () => {
    const { out, err } = await run(["peers", "--json"], { node: failing("not-connected", "via-silent") });
    expect(out).toBe("");
    expect(json(err)).toEqual([{ error: "not-connected", message: "what to do", reason: "via-silent" }]);
    expect(json((await run(["peers", "--json", "--nmae"])).err)).toMatchObject([{ error: "usage" }]);
  });

  test("no node ends with 4 and says what to do", async () => {
    expect(await run(["peers"], { running: false })).toMatchObject({ code: 4, err: expect.stringContaining("ptpchat start") });
  });

  test("an unknown command ends with 2 and the nearest one", async () => {
    expect(await run(["chanels"])).toMatchObject({ code: 2, err: 'ptpchat: there is no command "chanels"\nDid you mean channels?\n' });
    expect((await run(["\u001b[2J"])).err).not.toContain("\u001b");
  });

  test("a mistake of ours is not taken for one of the user's", async () => {
    await expect(run(["peers"], { node: new FakeNode({ peers: () => Promise.reject(new TypeError("ours")) }) })).rejects.toThrow("ours");
  });
});

describe("without a command", () => {
  test("it chats in a terminal, with the options of start", async () => {
    const { chats, started } = await run(["--home", "/h", "--peer", "a:1"], { terminal: true });
    expect(chats).toEqual([{ home: "/h", listen: undefined, peers: ["a:1"], name: undefined, compatNodeId: false, rendezvous: false }]);
    expect(started).toEqual([]);
  });

  test("it runs a node where there is no terminal", async () => {
    const node = new FakeNode({}, true);
    const ended = run([], { node });
    await expect.poll(() => node.asked("status").length).toBe(1);
    node.end();
    const { code, out, started } = await ended;
    expect(code).toBe(0);
    expect(started).toHaveLength(1);
    expect(json(out)).toEqual([
      {
        ready: true,
        node_id: "node-id",
        udp: "127.0.0.1:7667",
        tcp: "127.0.0.1:7667",
        name: "ada",
        role: "node",
        home: "/home/ada",
        pid: 42,
        version: "0.1.0",
      },
    ]);
  });
});

describe("what --json prints", () => {
  test.each([
    [
      ["status"],
      [
        {
          node_id: "node-id",
          shown_as: "ada~3F2A",
          uptime_ms: 1000,
          peers: { live: 1, known: 2 },
          sessions: 1,
          warnings: [],
          store: { state: "ok", code: null },
          counters: { datagrams_in: 3, received: { HELLO: 3 }, dropped: { "stray-ack": 1 } },
          socket_errors: { EPERM: 1 },
          memory: { resident_bytes: 50_000_000 },
        },
      ],
    ],
    [["id"], [{ node_id: "node-id", guid: LOBBY, fingerprint: "ab".repeat(32) }]],
    [
      ["peers"],
      [
        {
          kind: "bare",
          name: "?127.0.0.1:7002",
          contact: null,
          contact_verified: false,
          nick: null,
          endpoint: "127.0.0.1:7002",
          family: "v4",
          via_name: null,
          rtt_ms: null,
          heard_ms_ago: 10,
          node_id: null,
          live: true,
        },
      ],
    ],
    [
      ["routes"],
      [
        { to: "127.0.0.1:7003", via: "127.0.0.1:7002", via_name: "?127.0.0.1:7002", age_ms: 5 },
        { node_id: BOB, name: "bob~0BRW", hops: 3, over_names: ["ada~3F2A", "cay~7AAA"], state: "ready" },
      ],
    ],
    [["channels"], [{ channel_id: LOBBY, channel: "#lobby", name: "lobby", members: 1, live: 1 }]],
    [
      ["members", "lobby"],
      [{ endpoint: "127.0.0.1:7002", node_id: null, name: "?127.0.0.1:7002", contact: null, nick: null, state: "live", heard_ms_ago: 10 }],
    ],
    [["join", "lobby"], [{ channel_id: LOBBY, channel: "#lobby", name: "lobby" }]],
    [["leave", "lobby"], [{ channel_id: LOBBY }]],
    [["send", "lobby", "hi"], [{ id: ID, channel_id: LOBBY, state: "saved", acked: 0, of: 1, bare: 0, held: [] }]],
    [
      ["tail", "lobby"],
      [
        {
          id: ID,
          channel_id: LOBBY,
          channel: "#lobby",
          author: "127.0.0.1:7002",
          author_name: "?127.0.0.1:7002",
          own: false,
          kind: "post",
          at: 1_700_000_000_000,
          text: "hi",
          verified: false,
        },
      ],
    ],
    [["getcertificate", "a:1"], [{ peer: "127.0.0.1:7002", certificate: "MAA=" }]],
    [
      ["getkey", "lobby", "a:1"],
      [{ acked: true, channel_id: LOBBY, from: "127.0.0.1:7002", cipher: "none", key: "a2V5", at: 1_700_000_000_000 }],
    ],
    [["key", "lobby", "a:1", "none", "k"], [{ acked: true }]],
    [["create", "garden"], [{ channel_id: LOBBY, channel: "#garden@3f2a", name: "garden@3f2a", link: `garden@${"3f2a".repeat(16)}` }]],
    [["grant", "garden", "bob~0BRW", "admin"], [{ channel_id: LOBBY, name: "bob~0BRW", role: "admin", changed: true }]],
    [["kick", "garden", "bob~0BRW"], [{ name: "bob~0BRW", role: "none" }]],
    [["ban", "garden", "bob~0BRW"], [{ name: "bob~0BRW", role: "none" }]],
    [["revoke", "garden", "bob~0BRW"], [{ name: "bob~0BRW", role: "member" }]],
    [["unban", "garden", "bob~0BRW"], [{ name: "bob~0BRW", role: "member" }]],
    [["mute", "bob~0BRW"], [{ name: "bob~0BRW", quiet: "muted" }]],
    [["block", "bob~0BRW"], [{ name: "bob~0BRW", quiet: "blocked" }]],
    [["unmute", "bob~0BRW"], [{ name: "bob~0BRW", quiet: null }]],
    [["unblock", "bob~0BRW"], [{ name: "bob~0BRW", quiet: null }]],
    [["block"], [{ name: "bob~0BRW", quiet: "muted" }]],
    [["create", "garden", "--private"], [{ channel_id: LOBBY, channel: "#garden@3f2a" }]],
    [["requests"], [{ node_id: expect.any(String), name: "bob~0BRW", at: 0 }]],
    [["accept", "bob~0BRW"], [{ channel_id: LOBBY, channel: "@bob~0BRW" }]],
    [["stop"], [{ stopped: true }]],
  ])("%j", async (argv, expected) => {
    const { code, out, err } = await run([...argv, "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(json(out)).toMatchObject(expected);
    expect((await run(argv)).code, "and the same for people").toBe(0);
  });
});

describe("send", () => {
  test.each([
    [["lobby", "good", "morning"], "", "good morning"],
    [["#lobby"], "from a pipe\n", "from a pipe"],
    [["lobby", "-"], "two\nlines\n", "two\nlines"],
    [["lobby", "--", "-v"], "", "-v"],
  ])("%j with %j on stdin says it", async (words, stdin, text) => {
    const { code, out, node } = await run(["send", ...words], { stdin });
    expect({ code, out }).toEqual({ code: 0, out: `${ID}\n` });
    expect(node.asked("send")).toEqual([{ channel: "#lobby", text }]);
  });

  test("hands on how far to wait, and how long", async () => {
    const { node } = await run(["send", "lobby", "x", "--wait", "delivered", "--timeout", "5"]);
    expect(node.asked("send")).toEqual([{ channel: "#lobby", text: "x", wait: "delivered", timeoutMs: 5000 }]);
  });

  test("says which mailbox holds the text, for whom and until when: in JSON, and beside the id for people", async () => {
    const held = [{ nodeId: BOB, name: "@bob", by: BOB, byName: "@mia\u001b", until: 1_798_329_600_000 }];
    const send = async () => ({ id: ID, channelId: LOBBY, state: "held", acked: 0, of: 0, bare: 0, held }) as const;
    const { out, err, node } = await run(["send", "@bob", "x", "--wait", "held"], { node: new FakeNode({ send }) });
    expect({ out, err }).toEqual({ out: `${ID}\n`, err: "@mia␛ holds it for @bob, until 2026-12-27\n" });
    expect(node.asked("send")).toEqual([{ channel: "@bob", text: "x", wait: "held" }]);
    const { out: lines } = await run(["send", "@bob", "x", "--wait", "held", "--json"], { node: new FakeNode({ send }) });
    expect(json(lines)).toMatchObject([
      { state: "held", held: [{ node_id: BOB, name: "@bob", by: BOB, by_name: "@mia\u001b", until: 1_798_329_600_000 }] },
    ]);
  });

  test.each([
    [["send", "lobby", "x", "--wait", "kept"], "", "one of saved, delivered, held is wanted"],
    [["send", "lobby"], "", "there is no text to send"],
    [["send", "lobby", "-"], new Uint8Array([0xff]), "not UTF-8"],
  ])("%j is refused before anything is sent", async (argv, stdin, words) => {
    const { code, err, node } = await run(argv, { stdin });
    expect({ code, calls: node.calls }).toEqual({ code: 2, calls: [] });
    expect(err).toContain(words);
  });
});

describe("tail", () => {
  test.each([
    [["-n", "5"], { most: 5 }],
    [["--since", ID], { since: ID, most: 50 }],
    [["--since", "1700000000000"], { since: 1_700_000_000_000, most: 50 }],
    [["--since", "2026-05-01T12:00:00Z"], { since: Date.parse("2026-05-01T12:00:00Z"), most: 50 }],
  ])("%j asks for that", async (argv, expected) => {
    expect((await run(["tail", "lobby", ...argv])).node.asked("history")).toEqual([{ channel: "#lobby", ...expected }]);
  });

  test("counts --since 10m back from now", async () => {
    const [asked] = (await run(["tail", "lobby", "--since", "10m"])).node.asked("history") as [{ since: number }];
    expect(Math.abs(Date.now() - 600_000 - asked.since)).toBeLessThan(10_000);
  });

  test.each(["yesterday", "10x", "12:00", ""])("refuses --since %j", async (since) => {
    expect((await run(["tail", "lobby", "--since", since])).code).toBe(2);
  });

  test("shows texts harmlessly, and lines after the first as belonging to it", async () => {
    const node = new FakeNode({
      history: async () => [entry({ authorName: "evil\u001b[2J~3F2A", text: "one\u202e\n23:59 #lobby bob: two" })],
    });
    const { out } = await run(["tail", "lobby"], { node });
    expect(out.split("\n")[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #lobby evil␛\[2J~3F2A: one<U\+202E>$/);
    expect(out.split("\n")[1]).toBe("    | 23:59 #lobby bob: two");
  });

  test("says who wrote it, and which texts are one's own", async () => {
    const own = entry({ own: true, authorName: "ada~3F2A", text: "mine" });
    const node = new FakeNode({ history: async () => [entry({ authorName: "@bob", author: BOB, verified: true }), own] });
    expect((await run(["tail", "lobby"], { node })).out).toMatch(/#lobby 01234567 @bob: hi\n.*#lobby ada~3F2A \(you\): mine\n/);
    const [first] = json((await run(["tail", "lobby", "--json"], { node })).out);
    expect(first).toMatchObject({ author: BOB, author_name: "@bob", verified: true });
  });

  test("-f goes on with what comes, nothing twice, nothing lost while the history is read, until the node ends", async () => {
    const post = (id: string, text: string, channelId = LOBBY) =>
      ({
        type: "post",
        id,
        channelId: channelId as never,
        author: "a:1",
        authorName: "?a:1",
        own: false,
        at: 1,
        text,
        verified: false,
        kept: true,
      }) as const;
    const node: FakeNode = new FakeNode({
      history: async () => {
        node.emit(post(ID, "hi")); // in the history as well
        node.emit(post("f".repeat(32), "meanwhile"));
        return [entry()];
      },
    });
    const ended = run(["tail", "lobby", "-f", "--json"], { node });
    await expect.poll(() => node.asked("history").length).toBe(1);
    await new Promise(setImmediate);
    node.emit(post("e".repeat(32), "later"));
    node.emit(post("d".repeat(32), "elsewhere", "00000000-0000-8000-8000-000000000000"));
    node.end();
    const { code, out } = await ended;
    expect(code).toBe(1);
    expect(json(out).map(({ text, channel }) => [text, channel])).toEqual([
      ["hi", "#lobby"],
      ["meanwhile", "#lobby"],
      ["later", "#lobby"],
    ]);
  });
});

describe("connect", () => {
  const steps = (node: FakeNode, ref: number) => {
    node.emit({ type: "connect", ref, step: { step: "socket", port: 40_000 } });
    node.emit({ type: "connect", ref: ref + 1, step: { step: "socket", port: 50_000 } });
    node.emit({ type: "connect", ref, step: { step: "asked", via: "127.0.0.1:7001" as never, dst: "127.0.0.2", src: "40000" } });
  };

  test("prints its own steps with their time, then the path won", async () => {
    const node: FakeNode = new FakeNode({
      connect: async ({ ref = 0 }) => {
        steps(node, ref);
        node.emit({ type: "connect", ref, step: { step: "direct", peer: "127.0.0.2:9" as never, path: "punched" } });
        return { peer: "127.0.0.2:9", path: "punched", ms: 12.5, nodeId: BOB, name: "bob~0BRW", refused: null };
      },
    });
    const { code, out } = await run(["connect", "127.0.0.2", "--via", "127.0.0.1:7001", "--json"], { node });
    expect(code).toBe(0);
    expect(json(out)).toMatchObject([
      { step: "socket", port: 40_000, ms: expect.any(Number) },
      { step: "asked", via: "127.0.0.1:7001", dst: "127.0.0.2", src: "40000" },
      { step: "direct", peer: "127.0.0.2:9", path: "punched" },
      { connected: true, peer: "127.0.0.2:9", path: "punched", ms: 12.5, node_id: BOB, name: "bob~0BRW", encrypted: true, refused: null },
    ]);
    expect(node.asked("connect")).toMatchObject([{ peer: "127.0.0.2", via: "127.0.0.1:7001" }]);
  });

  test.each([
    [{ nodeId: BOB, name: "bob~0BRW", refused: null }, "connected to bob~0BRW at 127.0.0.2:9: direct, encrypted, in 13 ms\n"],
    [{ nodeId: null, name: "?127.0.0.2:9", refused: null }, "connected to ?127.0.0.2:9: direct, NOT encrypted, in 13 ms\n"],
    [{ nodeId: null, name: "?127.0.0.2:9", refused: "certificate-expired" as const }, "no session came about. certificate-expired: "],
  ])("says who is there, and whether what is said to them is encrypted: %j", async (who, words) => {
    const node = new FakeNode({ connect: async () => ({ peer: "127.0.0.2:9", path: "direct", ms: 13, ...who }) });
    const { code, out } = await run(["connect", "127.0.0.2:9"], { node });
    expect(code).toBe(0);
    expect(out).toContain(words);
  });

  test.each([
    ["bad-certificate", "cannot be read"],
    ["certificate-expired", "the date on both machines"],
    ["not-certified", "--csr"],
    ["wrong-node", "another node answers there"],
    ["self", "your own node"],
  ])("that ends with a refusal (%s) says what to do", async (reason, words) => {
    const node = new FakeNode({ connect: () => Promise.reject(new ApiError("not-connected", "no path", reason)) });
    const { code, err } = await run(["connect", "127.0.0.2:9"], { node });
    expect(code).toBe(1);
    expect(err).toContain(`${reason}: `);
    expect(err).toContain(words);
  });

  test("says why there is no path and what to do", async () => {
    const fail = (): FakeNode => {
      const node: FakeNode = new FakeNode({
        connect: async ({ ref = 0 }) => {
          steps(node, ref);
          node.emit({ type: "connect", ref, step: { step: "failed", reason: "far-silent" } });
          throw new ApiError("not-connected", "no path", "far-silent");
        },
      });
      return node;
    };
    const people = await run(["connect", "127.0.0.2"], { node: fail() });
    expect(people.code).toBe(1);
    expect(people.out).toMatch(/opened port 40000[\s\S]*failed: far-silent/);
    expect(people.err).toContain("cannot be punched");
    const script = await run(["connect", "127.0.0.2", "--json"], { node: fail() });
    expect(json(script.out).at(-1)).toMatchObject({ connected: false, reason: "far-silent" });
    expect(json(script.out).at(-2)).toMatchObject({ step: "failed", reason: "far-silent" });
  });
});

describe("start", () => {
  test("prints the ready line and nothing before it, and keeps what people write out of the log", async () => {
    const node = new FakeNode({}, true);
    const ended = run(["start", "--name", "ada", "--web", "off"], { node });
    await expect.poll(() => node.asked("status").length).toBe(1);
    await new Promise(setImmediate);
    node.emit({ type: "peer-up", peer: "127.0.0.1:7002", name: "?127.0.0.1:7002", path: "direct" });
    node.emit({
      type: "session-up",
      peer: BOB,
      name: "a secret~0BRW",
      endpoint: "127.0.0.1:7002" as never,
      nick: "a secret",
      path: "direct",
    });
    for (let n = 0; n < 3; n++) node.emit({ type: "session-refused", endpoint: "127.0.0.1:7009" as never, reason: "not-certified" });
    node.emit({ type: "clock-skew", peer: BOB, name: "a secret~0BRW", aheadMs: 90_000 });
    node.emit({
      type: "post",
      id: ID,
      channelId: LOBBY as never,
      author: "a:1",
      authorName: "a secret",
      own: false,
      at: 1,
      text: "a secret",
      verified: false,
      kept: true,
    });
    node.end();
    const { out, err } = await ended;
    expect(json(out)).toHaveLength(1);
    expect(json(out)[0]).toMatchObject({ ready: true });
    expect(err).toContain("peer up: 127.0.0.1:7002");
    expect(err).toContain(`session with ${BOB} at 127.0.0.1:7002 (direct)`);
    expect(err).toContain(`the clocks of ${BOB} and this node differ by 90 s`);
    expect(err.match(/no session with 127\.0\.0\.1:7009: not-certified/g)).toHaveLength(1);
    expect(err).not.toContain("secret");
  });
});

describe("peers and members", () => {
  const long = "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535";
  const full = { ...AS_BOB, id: BOB, kind: "full", rttMs: 0.42 } as const;
  const known = [
    peer({ ...full, name: "@bob", contact: "bob", contactVerified: true, configured: true }),
    peer({
      ...full,
      name: "x".repeat(20).concat("~0BRW0"),
      endpoint: long as never,
      family: "v6",
      path: "punched",
      configured: false,
      found: "came",
    }),
    peer({
      ...full,
      name: "日本語~0BRW1",
      configured: false,
      found: "came",
      path: "relay",
      via: "127.0.0.1:7003" as never,
      viaName: "carol~9K2P",
      rttMs: 31.4,
    }),
    peer({ name: `?${long}`, endpoint: long as never, family: "v6", live: false, heardMsAgo: 720_000, configured: false, found: "came" }),
    peer({ nodeId: "11111111-2222-8333-8444-555555555555", live: false, heardMsAgo: null, configured: false, found: "came" }),
  ];

  test("show who it is, encrypted or not, how it is reached, and how fast", async () => {
    const { out } = await run(["peers"], { node: new FakeNode({ peers: async () => known }) });
    expect(out).toMatch(/^PEER +KIND +STATE +RTT +PATH$/m);
    expect(out).toMatch(/^@bob ✓ +full +live +0\.4 ms\n {4}direct v4 127\.0\.0\.1:7002, configured$/m);
    expect(out).toMatch(/^日本語~0BRW1 +full +live +31 ms +over carol~9K2P v4$/m);
    expect(out).toMatch(/^ {4}punched v6 \[2001:db8:1234:5678:9abc:def0:1234:5678\]:65535$/m);
    expect(out).toMatch(/^\?127\.0\.0\.1:7002 +bare +never heard\n +direct v4, calls itself 11111111-2222-8333-8444-555555555555$/m);
  });

  test("take one line each where names and endpoints are of usual length", async () => {
    const { out } = await run(["peers"], { node: new FakeNode({ peers: async () => known.slice(0, 1) }) });
    expect(out).toBe(
      ["PEER    KIND  STATE  RTT     PATH", "@bob ✓  full  live   0.4 ms  direct v4 127.0.0.1:7002, configured", ""].join("\n"),
    );
  });

  test("show members in the same way", async () => {
    const members = [
      member({ ...AS_BOB, name: "@bob", contactVerified: true }),
      member({ ...AS_BOB, endpoint: long as never, state: "relay", via: "127.0.0.1:7003" as never, viaName: "carol~9K2P" }),
      member({ ...AS_BOB, state: "away", heardMsAgo: null }),
      member(),
    ];
    const { out } = await run(["members", "lobby"], { node: new FakeNode({ members: async () => members }) });
    expect(out).toMatch(/^@bob ✓ +10 ms ago +here, encrypted +127\.0\.0\.1:7002$/m);
    expect(out).toMatch(/^bob~0BRW +10 ms ago +here, encrypted, over carol~9K2P/m);
    expect(out).toMatch(/^bob~0BRW +never +away/m);
    expect(out).toMatch(/^\?127\.0\.0\.1:7002 +10 ms ago +here, not encrypted$/m);
    for (const line of out.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
  });

  test("stay within 80 columns, and align whatever the names", async () => {
    const { out } = await run(["peers"], { node: new FakeNode({ peers: async () => known }) });
    const lines = out.trimEnd().split("\n");
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    const at = (line = "", word = "") => widthOf(line.slice(0, line.indexOf(word)));
    expect(new Set([at(lines[0], "KIND"), ...lines.filter((line) => line.includes("  full  ")).map((line) => at(line, "full"))]).size).toBe(
      1,
    );
  });

  test("show the name of whoever passes on what is said", async () => {
    expect((await run(["routes"])).out).toMatch(/127\.0\.0\.1:7003 +\?127\.0\.0\.1:7002 +5 ms ago/);
    expect((await run(["routes"])).out).toMatch(/bob~0BRW +3 +ada~3F2A, cay~7AAA +ready/);
  });
});

describe("tap", () => {
  const traffic = (changes: object) =>
    ({ type: "traffic", direction: "in", endpoint: "127.0.0.1:7002", socket: 0, verb: "HELLO", text: "{}", ...changes }) as never;
  const inside = { session: BOB, sessionName: "bob~0BRW" };

  async function tapped(...argv: string[]) {
    const node: FakeNode = new FakeNode({
      tap: async ({ on }) => {
        node.emit(traffic(inside));
        node.emit(traffic({ socket: 3, dropped: "not-json" }));
        node.end();
        return { on };
      },
    });
    return (await run(["tap", ...argv], { node })).out;
  }

  test("marks what travelled in a session with a lock and the node's name", async () => {
    const [first, second] = (await tapped()).split("\n");
    expect(first).toMatch(/ <- 127\.0\.0\.1:7002 \u{1f512} bob~0BRW \{\}$/u);
    expect(second).toMatch(/ <- 127\.0\.0\.1:7002 \(socket 3\) \[dropped: not-json\] \{\}$/);
  });

  test("names the session in JSON", async () => {
    expect(json(await tapped("--json"))).toMatchObject([
      { session: BOB, session_name: "bob~0BRW", dropped: null },
      { session: null, session_name: null, dropped: "not-json" },
    ]);
  });
});

describe("status", () => {
  const skew = (name: string, aheadMs: number) => ({ kind: "clock-skew", at: 1, nodeId: BOB, name, aheadMs }) as const;
  const refused = {
    kind: "session-refused",
    at: Date.now() - 120_000,
    endpoint: "127.0.0.1:7009",
    reason: "not-certified",
    times: 3,
  } as const;
  const shown = async (changes: Partial<typeof STATUS>) =>
    (await run(["status"], { node: new FakeNode({ status: async () => ({ ...STATUS, ...changes }) }) })).out;

  test("says how others see the node, and how to get a name", async () => {
    expect(await shown({})).toMatch(/name +ada: others see ada~3F2A\n/);
    expect(await shown({ name: "", shownAs: "~3F2A0000" })).toMatch(/name +none: others see ~3F2A0000 .*--name/);
  });

  test("warns of those that were refused, and what to do", async () => {
    const out = await shown({ sessions: 2, warnings: [refused] });
    expect(out).toMatch(/sessions +2 encrypted\n/);
    expect(out).toMatch(/WARNING +no session with \?127\.0\.0\.1:7009 \(3 times, 2 min ago\): not-certified: .*--csr/);
  });

  test("does not say whose clock is wrong when two differ, and does when the middle one of the others is off", async () => {
    expect(await shown({ sessions: 3, warnings: [skew("bob~0BRW", 90_000)] })).toMatch(
      /the clock of bob~0BRW is 90 s ahead of yours: one of the two/,
    );
    expect(await shown({ sessions: 3, warnings: [skew("a~1", 90_000), skew("b~2", -90_000)] })).toMatch(
      /a~1 is 90 s ahead[\s\S]*b~2 is 90 s behind/,
    );
    const own = { kind: "clock-wrong", at: 1, behindMs: 600_000, peers: 3 } as const;
    const most = await shown({ sessions: 3, warnings: [skew("a~1", 600_000), skew("b~2", 610_000), own] });
    expect(most).toMatch(/WARNING +your clock is wrong: it is 10 min behind the middle one of 3 nodes/);
    expect(most).not.toContain("a~1");
  });

  test("warns of two histories by one author, and of what is missing", async () => {
    const place = { at: 1, channelId: LOBBY, channel: "#lobby", nodeId: BOB, name: "bob~0BRW" } as const;
    const warnings = [{ kind: "missing", ...place, count: 3, asked: 2 } as const, { kind: "two-histories", ...place } as const];
    const out = await shown({ warnings });
    expect(out).toMatch(/WARNING +bob~0BRW has written two histories in #lobby/);
    expect(out).toMatch(/WARNING +3 messages of bob~0BRW in #lobby are missing, asked 2 members/);
    const node = new FakeNode({ status: async () => ({ ...STATUS, warnings }) });
    expect(json((await run(["status", "--json"], { node })).out)).toMatchObject([
      {
        warnings: [
          { kind: "missing", channel_id: LOBBY, channel: "#lobby", node_id: BOB, name: "bob~0BRW", count: 3, asked: 2, at: 1 },
          { kind: "two-histories", channel_id: LOBBY, channel: "#lobby", node_id: BOB, name: "bob~0BRW", at: 1 },
        ],
      },
    ]);
  });

  test("prints warnings as they are in JSON", async () => {
    const node = new FakeNode({ status: async () => ({ ...STATUS, warnings: [refused, skew("bob~0BRW", 90_000)] }) });
    expect(json((await run(["status", "--json"], { node })).out)).toMatchObject([
      {
        warnings: [
          { kind: "session-refused", endpoint: "127.0.0.1:7009", reason: "not-certified", times: 3, at: expect.any(Number) },
          { kind: "clock-skew", node_id: BOB, name: "bob~0BRW", ahead_ms: 90_000, at: 1 },
        ],
      },
    ]);
  });
});
