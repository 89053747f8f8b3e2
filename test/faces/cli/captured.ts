/** The command line as a test runs it: words in, exit code and both streams out. */
import { Readable } from "node:stream";
import { main } from "../../../src/faces/cli/index.ts";
import type { StartOptions } from "../../../src/faces/shared/door.ts";
import { doorsTo, FakeNode } from "../fake-node.ts";

export interface Setting {
  readonly node?: FakeNode;
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
  readonly started: readonly StartOptions[];
  readonly chats: readonly StartOptions[];
}

export async function run(
  argv: readonly string[],
  { node = new FakeNode(), running = true, stdin = "", terminal = false }: Setting = {},
): Promise<Captured> {
  const [out, err, chats]: [string[], string[], StartOptions[]] = [[], [], []];
  const input = Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY: terminal }) as unknown as NodeJS.ReadStream;
  const doors = doorsTo(node, running);
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
  return { code, out: out.join(""), err: err.join(""), node, started: doors.started, chats };
}
