import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { homeOf } from "../../src/app/home.ts";
import { lockHome } from "../../src/app/home-lock.ts";
import { directory } from "./running.ts";

async function holder(home: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "lock-holder.ts"), home], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stdout === null) throw new Error("no stdout");
  await once(child.stdout, "data");
  return child;
}

describe("the lock of a home", () => {
  test("is held by one process at a time, and is free again after kill -9", async () => {
    const home = directory();
    const child = await holder(home);
    expect(() => lockHome(homeOf(home))).toThrow(expect.objectContaining({ code: "home-in-use" }));
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    lockHome(homeOf(home)).release();
  });

  test("keeps out a second node of the same process too", () => {
    const home = homeOf(directory());
    const lock = lockHome(home);
    expect(() => lockHome(home)).toThrow(expect.objectContaining({ code: "home-in-use" }));
    expect(() => lockHome(home)).toThrow(expect.objectContaining({ code: "home-in-use" }));
    lock.release();
    lockHome(home).release();
  });

  test("stays when memory is collected", async () => {
    const home = directory();
    lockHome(homeOf(home));
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    for (let round = 0; round < 3; round++) {
      collect();
      await new Promise(setImmediate);
    }
    expect(() => lockHome(homeOf(home))).toThrow(expect.objectContaining({ code: "home-in-use" }));
  });

  test("leaves one empty file", () => {
    const home = directory();
    lockHome(homeOf(home)).release();
    expect(readdirSync(home)).toEqual(["lock"]);
  });

  test("of a directory that is none cannot be taken", () => {
    expect(() => lockHome({ dir: "/dev/null/x", logDir: "", socket: "" })).toThrow(expect.objectContaining({ code: "home-unreadable" }));
  });
});
