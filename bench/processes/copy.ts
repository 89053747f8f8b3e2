/** One end of a plain copy of a file over TCP: the floor of what a file between two programs takes, both disks with it. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { performance } from "node:perf_hooks";
import { pipeline } from "node:stream/promises";
import { serve, usageNow } from "../child.ts";

const HOST = "127.0.0.1";
const CHUNK_BYTES = 1_048_576;

let server: Server | null = null;

/** Sends the file to whoever connects. @returns the port */
async function give(path: string): Promise<number> {
  server?.close();
  server = createServer((socket) => void pipeline(createReadStream(path, { highWaterMark: CHUNK_BYTES }), socket));
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** Until all of it is flushed. */
async function take({ port, to }: { port: number; to: string }): Promise<number> {
  const began = performance.now();
  await pipeline(connect(port, HOST), createWriteStream(to, { highWaterMark: CHUNK_BYTES }));
  const file = await open(to, "r+");
  await file.sync();
  await file.close();
  return performance.now() - began;
}

async function hash(path: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) digest.update(chunk as Buffer);
  return digest.digest("hex");
}

const handlers = { give, take, hash, usage: (_: null) => usageNow() };
export type CopyProcess = typeof handlers;

serve(handlers, () => server?.close());
