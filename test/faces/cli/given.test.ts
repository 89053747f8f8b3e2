import { describe, expect, test } from "vitest";
import { commandNamed } from "../../../src/faces/cli/commands.ts";
import { readGiven } from "../../../src/faces/cli/given.ts";
import { startOptions } from "../../../src/faces/cli/start-options.ts";
import { UsageError } from "../../../src/faces/cli/usage-error.ts";

function given(name: string, ...argv: string[]) {
  const command = commandNamed(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return readGiven(command, argv);
}

/** The usage error that a command line gets, and its hint. */
function refused(name: string, ...argv: string[]): string {
  try {
    given(name, ...argv);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}; ${error.hint}`;
    throw error;
  }
  throw new Error("was accepted");
}

describe("the words after a command", () => {
  test("options stand before, between and behind arguments", () => {
    for (const argv of [
      ["--json", "lobby", "a", "b"],
      ["lobby", "--json", "a", "b"],
      ["lobby", "a", "b", "--json"],
    ]) {
      const words = given("send", ...argv);
      expect(words.words).toEqual(["lobby", "a", "b"]);
      expect(words.flag("json")).toBe(true);
    }
  });

  test("a value follows its option or an equals sign", () => {
    expect(given("send", "lobby", "--timeout", "2.5").timeoutMs).toBe(2500);
    expect(given("send", "lobby", "--timeout=2").timeoutMs).toBe(2000);
    expect(given("tail", "lobby", "-n", "7").text("n")).toBe("7");
    expect(given("tail", "lobby", "-f").flag("follow")).toBe(true);
  });

  test("an option for several values collects them, another keeps the last", () => {
    const words = given("start", "--peer", "a:1", "--peer", "b:2", "--name", "x", "--name", "y");
    expect(words.list("peer")).toEqual(["a:1", "b:2"]);
    expect(words.text("name")).toBe("y");
  });

  test("everything after -- is text", () => {
    expect(given("send", "lobby", "--", "--json", "-5").words).toEqual(["lobby", "--json", "-5"]);
  });

  test("a lone dash is an argument", () => {
    expect(given("send", "lobby", "-").words).toEqual(["lobby", "-"]);
  });

  test.each([
    ["an unknown option, with the nearest one", ["peers", "--jsno"], "peers has no option --jsno; Did you mean --json?"],
    ["a text that begins with a dash, with the way to say it", ["send", "lobby", "-5"], "send has no option -5; Put -- before"],
    ["a missing value", ["start", "--home"], "--home wants a value: --home DIR"],
    ["a value that is the next option", ["start", "--home", "--listen", "x"], "--home wants a value"],
    ["a value for a switch", ["peers", "--json=yes"], "--json takes no value"],
    ["a missing argument, with what shells do to #", ["members"], "members wants CH"],
    ["an argument too many", ["peers", "x"], 'peers does not take "x"'],
    ["--n, which is -n", ["tail", "lobby", "--n", "5"], "tail has no option --n"],
  ])("%s is refused", (_, [name = "", ...argv], words) => {
    expect(refused(name, ...argv)).toContain(words);
  });

  test.each(["-1", "x", "", "1.5", "1001", "1e3", " 5", "0x10"])("-n %s is refused", (value) => {
    expect(() => given("tail", "lobby", `-n${value}`).number("n", { least: 0, most: 1000, whole: true })).toThrow(UsageError);
  });
});

describe("the options of start", () => {
  test("are handed on", () => {
    const words = given(
      "start",
      "--home",
      "/h",
      "--listen",
      "[::1]:7",
      "--peer",
      "a:1",
      "--name",
      "ada",
      "--compat",
      "node-id",
      "--web",
      "off",
      "--irc",
      "off",
      "--lan",
      "off",
      "--dht",
      "off",
      "--mailbox",
      "off",
    );
    expect(startOptions(words, false)).toEqual({
      home: "/h",
      listen: "[::1]:7",
      peers: ["a:1"],
      name: "ada",
      compatNodeId: true,
      lan: false,
      mailbox: false,
      rendezvous: false,
    });
  });

  test.each(["lan", "map", "mailbox"] as const)("--%s is on or off, and what the node takes it for where nothing is said", (name) => {
    expect(startOptions(given("start", `--${name}`, "on"), false)[name]).toBe(true);
    expect(startOptions(given("start"), false)).not.toHaveProperty(name);
    expect(() => startOptions(given("start", `--${name}`, "yes"), false)).toThrow("one of on, off");
  });

  test.each(["web", "irc", "dht"])("--%s on is refused with words, because it comes later", (name) => {
    expect(() => startOptions(given("start", `--${name}`, "on"), false)).toThrow(`this version has no ${name} yet`);
  });

  test("another --compat is refused", () => {
    expect(() => startOptions(given("start", "--compat", "x"), false)).toThrow("one of node-id");
  });
});
