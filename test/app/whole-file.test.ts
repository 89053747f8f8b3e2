import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Files, type OpenFile, writeWhole } from "../../src/app/whole-file.ts";
import { CrashDisk } from "./crash-disk.ts";
import { directory } from "./running.ts";

/** The file system with a fault: call number `at`, from 0 on, fails, and so do all that follow it when `dead`. */
function faulty(at: number, dead: boolean): Files & { calls: number } {
  const files = {
    calls: 0,
    open: async (path: string, flags: "r" | "w", mode: number) => {
      check();
      const handle = await open(path, flags, mode);
      const guarded = (name: keyof OpenFile) => [
        name,
        (argument: never) => guard(() => (handle[name] as (argument: never) => Promise<void>)(argument)),
      ];
      const close = async () => {
        await handle.close(); // the test leaves no file open, also where the system would
        check();
      };
      return { ...Object.fromEntries((["chmod", "writeFile", "sync"] as const).map(guarded)), close } as OpenFile;
    },
    rename: (from: string, to: string) => guard(() => rename(from, to)),
  };
  const check = () => {
    const call = files.calls++;
    if (call === at || (dead && call > at)) throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  const guard = async (work: () => Promise<void>) => {
    check();
    await work();
  };
  return files;
}

/** Calls of a write that meets no fault. */
async function callsOf(): Promise<number> {
  const files = faulty(Number.POSITIVE_INFINITY, false);
  await writeWhole(join(directory(), "key.json"), "text", files);
  return files.calls;
}

describe("a file written whole", () => {
  test("is there for this user alone, and nothing beside it", async () => {
    const dir = directory();
    await writeWhole(join(dir, "key.json"), "new");
    expect(readFileSync(join(dir, "key.json"), "utf8")).toBe("new");
    expect(statSync(join(dir, "key.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["key.json"]);
  });

  test("takes the place of a half that a crash left, and of its mode", async () => {
    const dir = directory();
    writeFileSync(join(dir, "key.json"), "old");
    writeFileSync(join(dir, "key.json.new"), "half of something longer than what is written", { mode: 0o644 });
    await writeWhole(join(dir, "key.json"), "new");
    expect(readFileSync(join(dir, "key.json"), "utf8")).toBe("new");
    expect(statSync(join(dir, "key.json")).mode & 0o777).toBe(0o600);
  });

  test.each([true, false])("is old or new when any of its calls fails, the rest too: %s", async (dead) => {
    const calls = await callsOf();
    expect(calls).toBeGreaterThanOrEqual(9);
    for (let at = 0; at < calls; at++) {
      const path = join(directory(), "key.json");
      writeFileSync(path, "old");
      await expect(writeWhole(path, "new", faulty(at, dead))).rejects.toThrow("EIO");
      expect(["old", "new"]).toContain(readFileSync(path, "utf8"));
      await writeWhole(path, "newer");
      expect(readFileSync(path, "utf8")).toBe("newer");
    }
  });

  test("says so when its directory cannot be written", async () => {
    const dir = join(directory(), "read-only");
    mkdirSync(dir);
    writeFileSync(join(dir, "key.json"), "old");
    chmodSync(dir, 0o500);
    if (process.getuid?.() === 0) return; // root may write anywhere
    await expect(writeWhole(join(dir, "key.json"), "new")).rejects.toMatchObject({ code: "EACCES" });
    chmodSync(dir, 0o700);
  });
});

describe("when the power fails", () => {
  const OLD = "the old text";
  const NEW = "the new text, and longer";

  async function foundAfter(crashAt: number, write: typeof writeWhole): Promise<{ found: Set<string | null>; done: boolean }> {
    const disk = new CrashDisk({ "key.json": OLD }, crashAt);
    const done = await write("key.json", NEW, disk).then(
      () => true,
      () => false,
    );
    return { found: disk.possible("key.json"), done };
  }

  test("at any call, the file is the old one or the new one, and the new one once it was told to be", async () => {
    let crashAt = 0;
    for (let done = false; !done; crashAt++) {
      const outcome = await foundAfter(crashAt, writeWhole);
      done = outcome.done;
      expect([OLD, NEW]).toEqual(expect.arrayContaining([...outcome.found]));
      if (done) expect([...outcome.found]).toEqual([NEW]);
    }
    expect(crashAt).toBeGreaterThanOrEqual(9);
  });

  const wrong: [what: string, write: typeof writeWhole][] = [
    [
      "is written in its place",
      async (path, text, files = { open, rename }) => {
        const file = await files.open(path, "w", 0o600);
        await file.writeFile(text);
        await file.sync();
      },
    ],
    [
      "is renamed before it is flushed",
      async (path, text, files = { open, rename }) => {
        const file = await files.open(`${path}.new`, "w", 0o600);
        await file.writeFile(text);
        await files.rename(`${path}.new`, path);
        await file.sync();
      },
    ],
    [
      "is never flushed in its directory",
      async (path, text, files = { open, rename }) => {
        const file = await files.open(`${path}.new`, "w", 0o600);
        await file.writeFile(text);
        await file.sync();
        await files.rename(`${path}.new`, path);
      },
    ],
  ];
  test.each(wrong)("a file that %s is found out by this test", async (_what, write) => {
    let faults = 0;
    let done = false;
    for (let crashAt = 0; !done; crashAt++) {
      const outcome = await foundAfter(crashAt, write);
      done = outcome.done;
      const allowed = done ? [NEW] : [OLD, NEW];
      if ([...outcome.found].some((text) => text === null || !allowed.includes(text))) faults++;
    }
    expect(faults).toBeGreaterThan(0);
  });
});
