/** One request to the gateway by HTTP: bounded in time and length, and followed nowhere. */
import type { IncomingMessage } from "node:http";
import type { Place } from "./map-protocol.ts";

/** For all of it, so that an answer that drips ends like one that does not come. */
const WITHIN_MS = 3_000;
/** Descriptions have some 16 KiB. */
const BODY_BYTES_MAX = 131_072;
const HEADER_BYTES_MAX = 8_192;

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/**
 * @param url - of the gateway: nothing is looked up, and nobody else is asked
 * @returns null where nothing came in time; `too-long` for an answer beyond 128 KiB
 */
export async function request(
  place: Place,
  url: URL,
  method: "GET" | "POST",
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<Reply | "too-long" | null> {
  if (url.hostname !== place.gateway) throw new Error("this leads elsewhere");
  const { request: open } = await import("node:http"); // only where it is used
  const { promise, resolve } = Promise.withResolvers<Reply | "too-long" | null>();
  const asked = open({
    host: place.gateway,
    port: url.port === "" ? 80 : Number(url.port),
    localAddress: place.own,
    path: url.pathname + url.search,
    method,
    headers: { ...headers, Connection: "close", ...(method === "POST" ? { "Content-Length": Buffer.byteLength(body) } : {}) },
    agent: false,
    maxHeaderSize: HEADER_BYTES_MAX,
  });
  const timer = setTimeout(() => resolve(null), WITHIN_MS);
  asked.on("error", () => resolve(null));
  asked.on("response", (response: IncomingMessage) => collect(response, resolve));
  asked.end(body);
  const reply = await promise;
  clearTimeout(timer);
  asked.destroy();
  return reply;
}

function collect(response: IncomingMessage, resolve: (reply: Reply | "too-long" | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) resolve("too-long");
    else chunks.push(chunk);
  });
  response.on("error", () => resolve(null));
  response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }));
}
