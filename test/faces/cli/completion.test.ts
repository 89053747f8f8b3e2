import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FakeNode, LOBBY } from "../fake-node.ts";
import { run } from "./captured.ts";

const after = async (...words: string[]) => (await run(["__complete", "--", ...words])).out.split("\n").slice(0, -1);

test.each([
  [["joi"], ["join"]],
  [["st"], ["start", "status", "stop"]],
  [["help", "tai"], ["tail"]],
  [["send", "--w"], ["--wait"]],
  [
    ["send", "lobby", "--wait", ""],
    ["delivered", "held", "saved"],
  ],
  [
    ["completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["start", "--compat", ""], ["node-id"]],
  [
    ["tail", "-"],
    ["--follow", "--help", "--home", "--json", "--since", "-n"],
  ],
  [["join", "lobby", "--at", ""], ["127.0.0.1:7002"]],
  [["connect", ""], ["127.0.0.1:7002"]],
  [["tail", ""], ["lobby"]],
  [["tail", "-n", "5", "lo"], ["lobby"]],
  [["nonsense", ""], []],
])("after %j comes %j", async (words, expected) => {
  expect(await after(...words)).toEqual(expected);
});

test("a name that a shell would take apart is not offered, a channel without one by its GUID", async () => {
  const channels = ["a b", "$(reboot)", "`x`", "*", "", "tür"].map((name) => ({
    id: LOBBY as never,
    name,
    mode: "bare" as const,
    members: 0,
    live: 0,
    topic: null,
    genesis: null,
    owner: null,
    ownerName: null,
    others: null,
    role: null,
    link: null,
    pair: null,
  }));
  const { out } = await run(["__complete", "--", "tail", ""], { node: new FakeNode({ channels: async () => channels }) });
  expect(out).toBe(`${LOBBY}\ntür\n`);
});

test("without a node there is nothing to offer, and no error", async () => {
  expect(await run(["__complete", "--", "tail", ""], { running: false })).toMatchObject({ code: 0, out: "", err: "" });
});

test("an unknown shell is refused", async () => {
  expect(await run(["completion", "bahs"])).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean bash?") });
});

test("the script for bash completes words, also those with a colon in them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ptpchat-completion-"));
  try {
    writeFileSync(join(folder, "completion.bash"), (await run(["completion", "bash"])).out);
    // Stands for ptpchat: says what it was asked, and offers an endpoint.
    writeFileSync(join(folder, "ptpchat"), '#!/bin/sh\nprintf "<%s>" "$@" >asked\necho "127.0.0.1:7002"\n');
    chmodSync(join(folder, "ptpchat"), 0o755);
    const script = `source completion.bash; COMP_LINE="ptpchat join lobby --at 127.0.0.1:7"; COMP_POINT=\${#COMP_LINE}; _ptpchat; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const printed = execFileSync("bash", ["-c", script], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    expect(printed).toBe("7002\n");
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("<__complete><--><join><lobby><--at><127.0.0.1:7>");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(["zsh", "fish"])("the script for %s asks ptpchat", async (shell) => {
  expect((await run(["completion", shell])).out).toContain("__complete --");
});
