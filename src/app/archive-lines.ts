/** The lines of a file that somebody gave us: one at a time, numbered from 1, none longer than a message may be. */
import { createReadStream } from "node:fs";
import { SESSION_MESSAGE_MAX } from "../wire/index.ts";
import { ApiError } from "./api.ts";
import { systemCode } from "./home.ts";

export interface ArchiveLine {
  readonly number: number;
  /** Null for a line that is too long to be one of ours; it was passed over. */
  readonly bytes: Buffer | null;
  /** Bytes of the file read so far. */
  readonly readBytes: number;
}

const LF = 0x0a;

/** @throws ApiError `file-unreadable` */
export async function* linesOf(path: string): AsyncGenerator<ArchiveLine> {
  try {
    yield* split(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new ApiError("file-unreadable", `${path} cannot be read: check its name and whether you may read it (${code})`, code);
  }
}

async function* split(path: string): AsyncGenerator<ArchiveLine> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  let readBytes = 0;
  const taken = (): ArchiveLine => {
    const bytes = restBytes > SESSION_MESSAGE_MAX ? null : Buffer.concat(rest);
    rest = [];
    restBytes = 0;
    return { number: ++number, bytes, readBytes };
  };
  for await (const read of createReadStream(path)) {
    const chunk = read as Buffer;
    readBytes += chunk.length;
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      rest.push(chunk.subarray(from, at));
      restBytes += at - from;
      from = at + 1;
      yield taken();
    }
    restBytes += chunk.length - from;
    if (restBytes <= SESSION_MESSAGE_MAX) rest.push(chunk.subarray(from));
    else rest = [];
  }
  if (restBytes > 0) yield taken();
}
