import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import type { LocalDoor } from "../../src/app/local-door.ts";
import { Log, type LogEntry } from "../../src/app/log.ts";
import { RpcConnection } from "../../src/app/rpc-connection.ts";
import { directory, next, pairIn, running } from "./running.ts";

/** Names that a file system, or a reader of lines, would take for something else. */
const NAMES = ["../../outside", "/etc/outside", "..\\..\\outside", "C:\\outside", "nul", "%2e%2e%2foutside", "~", "`touch_outside`"];
const SECRET = "nobody else's business";

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true }).map(String).sort();
}

describe("what comes from the network", () => {
  test("names no file, whatever channels and nodes are called", async () => {
    const around = directory();
    const home = join(around, "home");
    const a = await running({ home, name: "../../a" });
    const b = await running({ name: "../../../outside", peers: [a.udp] });
    await pairIn("#../../lobby", a, b);
    const files = filesIn(around);
    for (const name of NAMES) {
      const known = next(a, "member-joined");
      await a.join({ channel: `#${name}` });
      await b.join({ channel: `#${name}` });
      await known;
      const seen = next(a, "post");
      await b.send({ channel: `#${name}`, text: `../../${SECRET}\n{"level":"error"}` });
      await seen;
    }
    await a.stop();
    expect(filesIn(around).filter((file) => !files.includes(file))).toEqual([]);
    const log = readFileSync(join(home, "log.jsonl"), "utf8").trimEnd().split("\n");
    for (const line of log) expect(Object.keys(JSON.parse(line) as LogEntry)).toEqual(expect.arrayContaining(["at", "level", "what"]));
    expect(log.join()).not.toMatch(/outside|nobody else/);
  });

  test("is not in the log when something goes wrong with it", async () => {
    const entries: LogEntry[] = [];
    const door = {
      history: async () => {
        throw new SyntaxError(`unexpected token in "${SECRET}"`);
      },
    };
    const answers: string[] = [];
    const socket = new Duplex({ read: () => {}, write: (bytes, _, done) => done(void answers.push(String(bytes))) });
    new RpcConnection(
      socket as never,
      door as unknown as LocalDoor,
      new Log({ file: null, listener: (entry) => void entries.push(entry) }),
    );
    socket.push('{"jsonrpc":"2.0","id":1,"method":"history","params":{}}\n');
    await expect.poll(() => answers.length).toBe(1);
    expect(entries).toMatchObject([{ level: "error", what: "internal", method: "history", error: "SyntaxError" }]);
    expect(entries[0]?.stack).toMatch(/^ {4}at /);
    expect(JSON.stringify(entries) + answers.join()).not.toContain(SECRET);
  });
});
