import { describe, expect, test } from "vitest";
import { ApiError, type ApiErrorCode } from "../../../src/app/api.ts";
import { COMMANDS } from "../../../src/faces/cli/commands.ts";
import { entry, FakeNode, ID, LOBBY } from "../fake-node.ts";
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
      { ready: true, node_id: "node-id", udp: "127.0.0.1:7667", name: "ada", role: "node", home: "/home/ada", pid: 42, version: "0.1.0" },
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
          uptime_ms: 1000,
          peers: { live: 1, known: 2 },
          store: { state: "ok", code: null },
          counters: { datagrams_in: 3, received: { HELLO: 3 }, dropped: { "stray-ack": 1 } },
          socket_errors: { EPERM: 1 },
          memory: { resident_bytes: 50_000_000 },
        },
      ],
    ],
    [["id"], [{ node_id: "node-id", guid: LOBBY, fingerprint: "ab".repeat(32) }]],
    [["peers"], [{ endpoint: "127.0.0.1:7002", heard_ms_ago: 10, node_id: null, live: true }]],
    [["routes"], [{ to: "127.0.0.1:7003", via: "127.0.0.1:7002", age_ms: 5 }]],
    [["channels"], [{ channel_id: LOBBY, channel: "#lobby", name: "lobby", members: 1, live: 1 }]],
    [["members", "lobby"], [{ endpoint: "127.0.0.1:7002", state: "live", heard_ms_ago: 10 }]],
    [["join", "lobby"], [{ channel_id: LOBBY, channel: "#lobby", name: "lobby" }]],
    [["leave", "lobby"], [{ channel_id: LOBBY }]],
    [["send", "lobby", "hi"], [{ id: ID, channel_id: LOBBY, state: "saved", acked: 0, of: 1 }]],
    [
      ["tail", "lobby"],
      [
        {
          id: ID,
          channel_id: LOBBY,
          channel: "#lobby",
          author: "127.0.0.1:7002",
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

  test.each([
    [["send", "lobby"], "", "there is no text to send"],
    [["send", "lobby", "x", "--wait", "held"], "", "no mailboxes yet"],
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
    const node = new FakeNode({ history: async () => [entry({ author: "evil\u001b[2J", text: "one\u202e\n23:59 #lobby bob: two" })] });
    const { out } = await run(["tail", "lobby"], { node });
    expect(out.split("\n")[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #lobby evil␛\[2J \(unverified\): one<U\+202E>$/);
    expect(out.split("\n")[1]).toBe("    | 23:59 #lobby bob: two");
  });

  test("-f goes on with what comes, nothing twice, nothing lost while the history is read, until the node ends", async () => {
    const post = (id: string, text: string, channelId = LOBBY) =>
      ({ type: "post", id, channelId: channelId as never, author: "a:1", own: false, at: 1, text, verified: false, kept: true }) as const;
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
        return { peer: "127.0.0.2:9", path: "punched", ms: 12.5 };
      },
    });
    const { code, out } = await run(["connect", "127.0.0.2", "--via", "127.0.0.1:7001", "--json"], { node });
    expect(code).toBe(0);
    expect(json(out)).toMatchObject([
      { step: "socket", port: 40_000, ms: expect.any(Number) },
      { step: "asked", via: "127.0.0.1:7001", dst: "127.0.0.2", src: "40000" },
      { step: "direct", peer: "127.0.0.2:9", path: "punched" },
      { connected: true, peer: "127.0.0.2:9", path: "punched", ms: 12.5 },
    ]);
    expect(node.asked("connect")).toMatchObject([{ peer: "127.0.0.2", via: "127.0.0.1:7001" }]);
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
    node.emit({ type: "peer-up", peer: "127.0.0.1:7002", path: "direct" });
    node.emit({
      type: "post",
      id: ID,
      channelId: LOBBY as never,
      author: "a:1",
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
    expect(err).not.toContain("secret");
  });
});
