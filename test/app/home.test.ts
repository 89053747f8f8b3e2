import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { homeFault, homeOf, makeHome } from "../../src/app/home.ts";
import { connectToNode } from "../../src/app/index.ts";
import { directory, running } from "./running.ts";

describe("the home of a node", () => {
  test("with a directory given, all is in it", () => {
    const dir = directory();
    expect(homeOf(dir, { XDG_RUNTIME_DIR: "/run/x" })).toEqual({ dir, logDir: dir, socket: join(dir, "ptpchat.sock") });
  });

  test("PTPCHAT_HOME is the same, and the option stands above it", () => {
    const [dir, other] = [directory(), directory()];
    expect(homeOf(undefined, { PTPCHAT_HOME: dir }).dir).toBe(dir);
    expect(homeOf(other, { PTPCHAT_HOME: dir }).dir).toBe(other);
    expect(homeOf(undefined, { PTPCHAT_HOME: "", HOME: dir }).dir).not.toBe(dir);
  });

  test("else the XDG directories hold its parts", () => {
    const env = { XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", XDG_RUNTIME_DIR: "/r" };
    expect(homeOf(undefined, env)).toEqual({
      dir: "/d/ptpchat",
      logDir: "/s/ptpchat",
      socket: expect.stringMatching(/^\/r\/ptpchat-[0-9a-f]{16}\.sock$/),
    });
  });

  test("or their usual places, the socket beside the data", () => {
    const dir = join(homedir(), ".local/share/ptpchat");
    expect(homeOf(undefined, {})).toEqual({ dir, logDir: join(homedir(), ".local/state/ptpchat"), socket: join(dir, "ptpchat.sock") });
  });

  test("two sets of data that share a runtime directory have two sockets", () => {
    const socket = (data: string) => homeOf(undefined, { XDG_DATA_HOME: data, XDG_RUNTIME_DIR: "/r" }).socket;
    expect(socket("/d1")).not.toBe(socket("/d2"));
  });

  test("is the same whichever link leads to it", () => {
    const dir = directory();
    const link = join(directory(), "link");
    symlinkSync(dir, link);
    expect(homeOf(link).dir).toBe(dir);
    expect(homeOf(join(link, "new")).dir).toBe(join(dir, "new"));
  });

  test("is made for this user alone", async () => {
    const home = homeOf(join(directory(), "a", "b"));
    await makeHome(home);
    expect(statSync(home.dir).mode & 0o777).toBe(0o700);
  });

  test.skipIf(!existsSync("/proc/self"))("where the system makes no directories is an error, and no wait without end", async () => {
    await expect(makeHome(homeOf("/proc/ptpchat/home"))).rejects.toMatchObject({ code: "home-unreadable", reason: "ENOENT" });
  });

  test.each(["ENOSPC", "EDQUOT", "SQLITE_FULL"])("on a full disk (%s) is an error that says so", (code) => {
    expect(homeFault("/home", Object.assign(new Error(), { code }))).toMatchObject({ code: "store-failed", reason: "disk-full" });
  });

  test("with a path too long for a socket, the node is reached by a short one all the same", async () => {
    const runtime = directory();
    vi.stubEnv("XDG_RUNTIME_DIR", runtime);
    onTestFinished(() => void vi.unstubAllEnvs());
    const home = join(directory(), "x".repeat(100));
    const node = await running({ home });
    expect(node.socket).toMatch(/^.{1,107}$/);
    expect(node.socket?.startsWith(runtime)).toBe(true);
    const remote = await connectToNode({ home });
    expect((await remote.status()).nodeId).toBe(node.nodeId);
    await remote.close();
  });

  test("without a runtime directory the short path is in one of this user's, and one that others may enter is refused", () => {
    const tmp = directory();
    vi.stubEnv("TMPDIR", tmp);
    onTestFinished(() => void vi.unstubAllEnvs());
    const long = join(tmp, "x".repeat(100));
    const socket = homeOf(long, {}).socket;
    const own = join(socket, "..");
    expect(statSync(own).mode & 0o777).toBe(0o700);
    rmSync(own, { recursive: true });
    mkdirSync(own, { mode: 0o755 });
    expect(() => homeOf(long, {})).toThrow(expect.objectContaining({ code: "home-unreadable" }));
  });
});
