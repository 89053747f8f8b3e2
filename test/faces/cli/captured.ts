/** The command line as a test runs it: words in, exit code and both streams out. */
import { PassThrough, Readable } from "node:stream";
import { main } from "../../../src/faces/cli/index.ts";
import type { StartOptions } from "../../../src/faces/shared/door.ts";
import { doorsTo, FakeKeys, FakeNode } from "../fake-node.ts";

export interface Setting {
  readonly node?: FakeNode;
  readonly keys?: FakeKeys;
  /** False: no node runs on the home. */
  readonly running?: boolean;
  readonly stdin?: string | Uint8Array;
  /** True: stdin and stdout are a terminal. */
  readonly terminal?: boolean;
}

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly node: FakeNode;
  readonly keys: FakeKeys;
  /** Whether the terminal was told to echo nothing, and to echo again, in order. */
  readonly rawModes: readonly boolean[];
  readonly started: readonly StartOptions[];
  readonly chats: readonly StartOptions[];
}

export async function run(
  argv: readonly string[],
  { node = new FakeNode(), keys = new FakeKeys(), running = true, stdin = "", terminal = false }: Setting = {},
): Promise<Captured> {
  const [out, err, chats]: [string[], string[], StartOptions[]] = [[], [], []];
  const rawModes: boolean[] = [];
  const setRawMode = (on: boolean) => rawModes.push(on);
  const input = Object.assign(terminal ? typedAt(stdin) : Readable.from([Buffer.from(stdin)]), {
    isTTY: terminal,
    setRawMode,
  }) as unknown as NodeJS.ReadStream;
  const doors = doorsTo(node, running, keys);
  const code = await main(argv, {
    stdin: input,
    stdout: { isTTY: terminal, write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    doors,
    chat: async (options) => {
      chats.push(options);
      return 0;
    },
  });
  return { code, out: out.join(""), err: err.join(""), node, keys, rawModes, started: doors.started, chats };
}

/** A terminal does not end when all that was typed is read. */
function typedAt(keys: string | Uint8Array): Readable {
  const terminal = new PassThrough();
  terminal.write(Buffer.from(keys));
  return terminal;
}
