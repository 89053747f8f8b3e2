import { once } from "node:events";
import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ApiError, connectToNode, type NamedEvent, type RemoteNode, type RunningNode } from "../../src/app/index.ts";
import { directory, next, pairIn, running } from "./running.ts";

const LOBBY = { channel: "#lobby" };

async function attached(home: string): Promise<RemoteNode> {
  const remote = await connectToNode({ home });
  onTestFinished(() => remote.close());
  return remote;
}

/** A client that says exactly what the test says. */
async function rawClient(node: RunningNode): Promise<{ socket: Socket; ask: (line: string) => Promise<unknown> }> {
  const socket = connect(node.socket ?? "");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const lines = createInterface({ input: socket });
  return {
    socket,
    ask: async (line) => {
      const answer = once(lines, "line");
      socket.write(`${line}\n`);
      return JSON.parse(((await answer) as [string])[0]) as unknown;
    },
  };
}

describe("a client of the node's socket", () => {
  test("has the same door as in process", async () => {
    const home = directory();
    const node = await running({ home, name: "ada" });
    const remote = await attached(home);
    expect(await remote.id()).toEqual(await node.id());
    expect(await remote.status()).toMatchObject({ nodeId: node.nodeId, udp: node.udp });
    const joined = await remote.join(LOBBY);
    expect(joined.name).toBe("lobby");
    expect(await remote.channels()).toEqual(await node.channels());
    const sent = await remote.send({ ...LOBBY, text: "to myself" });
    expect(sent).toMatchObject({ state: "saved", channelId: joined.channelId });
    expect(await remote.history(LOBBY)).toMatchObject([{ id: sent.id, text: "to myself", own: true }]);
    expect(await remote.members(LOBBY)).toEqual([]);
    expect(await remote.peers()).toEqual([]);
    expect(await remote.routes()).toEqual([]);
    expect(await remote.leave(LOBBY)).toEqual({ channelId: joined.channelId });
  });

  test("gets errors as they were thrown", async () => {
    const home = directory();
    await running({ home });
    const remote = await attached(home);
    const error: unknown = await remote.send({ channel: "#nowhere", text: "x" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "no-such-channel", reason: null, message: expect.stringContaining("#nowhere") });
    await remote.join(LOBBY);
    await expect(remote.send({ ...LOBBY, text: "x", wait: "delivered", timeoutMs: 100 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("hears events from its subscription on, until it ends it", async () => {
    const home = directory();
    const node = await running({ home });
    const remote = await attached(home);
    const heard: NamedEvent[] = [];
    const unsubscribe = remote.subscribe((event) => void heard.push(event));
    const { channelId } = await remote.join(LOBBY);
    expect(heard).toEqual([{ type: "joined", channelId, name: "lobby" }]);
    unsubscribe();
    await node.leave(LOBBY);
    await remote.status();
    expect(heard).toHaveLength(1);
  });

  test("sees traffic only while its own tap is on", async () => {
    const home = directory();
    const peer = await running();
    await running({ home, peers: [peer.udp] });
    const [tapping, other] = [await attached(home), await attached(home)];
    let others = 0;
    other.subscribe(({ type }) => {
      if (type === "traffic") others++;
    });
    await other.status();
    const traffic = next(tapping, "traffic");
    await tapping.tap({ on: true });
    await traffic;
    await other.status();
    expect(others).toBe(0);
    await other.tap({ on: true });
    const more = next(other, "traffic");
    await tapping.close();
    await more;
  });

  test("ends the node, and is told when it has ended", async () => {
    const home = directory();
    const node = await running({ home });
    const remote = await attached(home);
    expect(await remote.stop()).toEqual({});
    await Promise.all([remote.ended, node.ended]);
    await expect(remote.status()).rejects.toMatchObject({ code: "no-daemon" });
    await expect(connectToNode({ home })).rejects.toMatchObject({ code: "no-daemon" });
  });

  test("is told that no node runs where there is none", async () => {
    const home = directory();
    await expect(connectToNode({ home })).rejects.toMatchObject({ code: "no-daemon", message: expect.stringContaining(home) });
  });

  test("may let go, and the node runs on", async () => {
    const home = directory();
    const node = await running({ home });
    const remote = await connectToNode({ home });
    await remote.close();
    expect((await node.status()).nodeId).toBe(node.nodeId);
  });
});

describe("the node's socket", () => {
  test("is for this user alone", async () => {
    const home = directory();
    const node = await running({ home });
    expect(node.socket).toBe(join(home, "ptpchat.sock"));
    expect(statSync(node.socket ?? "").mode & 0o777).toBe(0o600);
  });

  test.each([
    ["{not json", null, -32_700],
    ['"text"', null, -32_600],
    ["[]", null, -32_600],
    ['{"id":1,"method":"status"}', 1, -32_600],
    ['{"jsonrpc":"2.0","id":2}', 2, -32_600],
    ['{"jsonrpc":"2.0","id":{},"method":"status"}', null, -32_600],
    ['{"jsonrpc":"2.0","id":3,"method":"nothing"}', 3, -32_601],
    ['{"jsonrpc":"2.0","id":"a","method":"release"}', "a", -32_601],
    ['{"jsonrpc":"2.0","id":4,"method":"constructor"}', 4, -32_601],
    ['{"jsonrpc":"2.0","id":5,"method":"join","params":["#lobby"]}', 5, -32_602],
    ['{"jsonrpc":"2.0","id":6,"method":"join","params":{"channel":7}}', 6, -32_000],
    ['{"jsonrpc":"2.0","id":7,"method":"join"}', 7, -32_000],
  ])("answers %s with an error", async (line, id, code) => {
    const { ask } = await rawClient(await running({ home: directory() }));
    expect(await ask(line)).toMatchObject({ jsonrpc: "2.0", id, error: { code } });
    expect(await ask('{"jsonrpc":"2.0","id":9,"method":"peers"}')).toEqual({ jsonrpc: "2.0", id: 9, result: [] });
  });

  test("gives the stable code of an error beside its words", async () => {
    const { ask } = await rawClient(await running({ home: directory() }));
    const answer = await ask('{"jsonrpc":"2.0","id":1,"method":"leave","params":{"channel":"lobby"}}');
    expect(answer).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: { code: -32_000, message: expect.stringContaining("#lobby"), data: { code: "usage", reason: null } },
    });
  });

  test("answers a batch with a batch, and a notification with nothing", async () => {
    const { ask } = await rawClient(await running({ home: directory() }));
    const batch = '[{"jsonrpc":"2.0","method":"join","params":{"channel":"#lobby"}},{"jsonrpc":"2.0","id":1,"method":"channels"},3]';
    expect(await ask(batch)).toMatchObject([
      { id: 1, result: [{ name: "lobby" }] },
      { id: null, error: { code: -32_600 } },
    ]);
  });

  test("takes requests that come in pieces, and several in one", async () => {
    const node = await running({ home: directory() });
    const { socket, ask } = await rawClient(node);
    socket.write('{"jsonrpc":"2.0","method":"join","params":{"channel":"#lö');
    expect(await ask('bby"}}\n{"jsonrpc":"2.0","id":1,"method":"channels"}')).toMatchObject({ id: 1, result: [{ name: "löbby" }] });
  });

  test("cuts a line without end, and goes on serving others", async () => {
    const home = directory();
    const node = await running({ home });
    const { socket } = await rawClient(node);
    const closed = once(socket, "close");
    socket.on("error", () => {});
    socket.resume();
    const piece = "x".repeat(1_024 * 1_024);
    for (let megabytes = 0; megabytes < 20 && !socket.destroyed; megabytes++) socket.write(piece);
    await closed;
    await (await attached(home)).status();
  });

  test("cuts a client that does not read, and the node goes on", async () => {
    const home = directory();
    const cuts: unknown[] = [];
    const node = await running({ home, onLog: (entry) => entry.what === "slow-client-cut" && cuts.push(entry) });
    const { socket, ask } = await rawClient(node);
    await ask('{"jsonrpc":"2.0","id":1,"method":"subscribe"}');
    socket.pause();
    await node.join(LOBBY);
    const text = "x".repeat(7_000);
    while (cuts.length === 0) await node.send({ ...LOBBY, text });
    socket.resume();
    await once(socket, "close");
    expect(cuts).toHaveLength(1);
    expect(await node.channels()).toHaveLength(1);
  });

  test("is taken over from a node that crashed", async () => {
    const home = directory();
    const { createServer } = await import("node:net");
    const stale = createServer().listen(join(home, "ptpchat.sock"));
    await once(stale, "listening");
    onTestFinished(() => void stale.close());
    const node = await running({ home });
    expect((await (await attached(home)).status()).nodeId).toBe(node.nodeId);
  });

  test("two clients at once see each other's posts", async () => {
    const homes = [directory(), directory()];
    const a = await running({ home: homes[0] });
    const b = await running({ home: homes[1], peers: [a.udp] });
    await pairIn("#lobby", a, b);
    const [ofA, ofB] = [await attached(homes[0] ?? ""), await attached(homes[1] ?? "")];
    const seen = next(ofA, "post");
    await ofB.send({ ...LOBBY, text: "over two sockets", wait: "delivered" });
    expect((await seen).text).toBe("over two sockets");
    await vi.waitFor(async () => expect(await ofA.history(LOBBY)).toHaveLength(1));
  });
});
