import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Addresses } from "../../src/app/addresses.ts";
import { Log } from "../../src/app/log.ts";
import { NamedPeers } from "../../src/app/named-peers.ts";
import { next, running } from "./running.ts";

const RETRY_MS = 30_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** Names and what they resolve to at the moment. */
function resolver() {
  const known = new Map<string, string>();
  const addresses = new Addresses(
    async (name) => [known.get(name) ?? ""],
    () => "both",
  );
  return { known, addresses };
}

function handlers() {
  const called: string[] = [];
  const live = new Set<string>();
  return { called, live, isLive: (endpoint: string) => live.has(endpoint), call: (endpoint: string) => void called.push(endpoint) };
}

const silent = new Log({ file: null });

describe("configured peers", () => {
  test("are looked up once at the start, each once", async () => {
    const { known, addresses } = resolver();
    known.set("s.example.org", "203.0.113.5");
    const peers = await NamedPeers.resolve(["s.example.org:1", "203.0.113.5:1", "203.0.113.6:2"], addresses, silent);
    expect(peers.endpoints).toEqual(["203.0.113.5:1", "203.0.113.6:2"]);
  });

  test("that resolve later are called then", async () => {
    const { known, addresses } = resolver();
    const warned: string[] = [];
    const log = new Log({ file: null, listener: ({ what }) => void warned.push(what) });
    const peers = await NamedPeers.resolve(["s.example.org:1"], addresses, log);
    expect(peers.endpoints).toEqual([]);
    expect(warned).toEqual(["name-not-resolved"]);
    expect(peers.unresolved).toEqual(["s.example.org:1"]);
    const node = handlers();
    peers.begin(node);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(node.called).toEqual([]);
    known.set("s.example.org", "203.0.113.5");
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(node.called).toEqual(["203.0.113.5:1"]);
    expect(peers.unresolved).toEqual([]);
    peers.end();
  });

  test("whose address changes are called at the new one once they are silent", async () => {
    const { known, addresses } = resolver();
    known.set("s.example.org", "203.0.113.5");
    const peers = await NamedPeers.resolve(["s.example.org:1"], addresses, silent);
    const node = handlers();
    node.live.add("203.0.113.5:1");
    peers.begin(node);
    known.set("s.example.org", "203.0.113.9");
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(node.called).toEqual([]);
    node.live.clear();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(node.called).toEqual(["203.0.113.9:1"]);
    peers.end();
  });

  test("are left alone once the node has ended", async () => {
    const { known, addresses } = resolver();
    const peers = await NamedPeers.resolve(["s.example.org:1"], addresses, silent);
    const node = handlers();
    peers.begin(node);
    peers.end();
    known.set("s.example.org", "203.0.113.5");
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    expect(node.called).toEqual([]);
  });

  test("of a real node are reached once their name resolves", async () => {
    const a = await running();
    let resolves = false;
    const port = a.udp.split(":")[1];
    const lookUp = async () => (resolves ? ["127.0.0.1"] : []);
    const b = await running({ peers: [`a.example.org:${port}`] }, { lookUp });
    expect(await b.peers()).toEqual([]);
    const up = next(b, "peer-up");
    resolves = true;
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(await up).toMatchObject({ peer: a.udp });
  });
});
