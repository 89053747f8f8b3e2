/** One command being carried out: what was given, where to write, and the way to the node. */
import type { Door, Doors, StartOptions } from "../shared/door.ts";
import { safeJson } from "../shared/safe-text.ts";
import type { Given } from "./given.ts";

/** What the command line stands on; tests give their own. */
export interface World {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly doors: Doors;
  /** The chat of this terminal; resolves with the exit code. */
  chat(options: StartOptions): Promise<number>;
}

/** The part of a stream that a command writes to. */
export interface Writer {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Call {
  readonly given: Given;
  readonly world: World;
  constructor(given: Given, world: World) {
    this.given = given;
    this.world = world;
  }

  get json(): boolean {
    return this.given.flag("json");
  }

  get home(): string | undefined {
    return this.given.text("home");
  }

  /** Data, one line on stdout. */
  print(line: string): void {
    this.world.stdout.write(`${line}\n`);
  }

  /** One JSON object, one line on stdout. */
  printJson(object: object): void {
    this.print(safeJson(object));
  }

  /** Talk, one line on stderr. */
  say(line: string): void {
    this.world.stderr.write(`${line}\n`);
  }

  /** Attaches to the running node for as long as `use` takes. */
  async withNode<T>(use: (door: Door) => Promise<T>): Promise<T> {
    const door = await this.world.doors.attach(this.home);
    try {
      return await use(door);
    } finally {
      await door.close();
    }
  }
}
