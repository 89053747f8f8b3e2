/** HTTP CONNECT, RFC 9110 §9.3.6, with the Basic credentials of RFC 7617. */
import type { TcpFailure } from "../../core/index.ts";
import { type Target, TcpError } from "./dial.ts";
import type { Credentials } from "./proxy-address.ts";
import type { ProxyTalk } from "./proxy-talk.ts";

/** Head of an answer: a status line and fields that nobody reads. */
const HEAD_BYTES_MAX = 8_192;
const START = "HTTP/1.";
const UNAUTHENTICATED = 407;
/** What a proxy says that did not get through itself. */
const FAILURES: Readonly<Record<number, TcpFailure>> = {
  [UNAUTHENTICATED]: "proxy-credentials",
  502: "tcp-unreachable",
  504: "tcp-silent",
};

/** @throws TcpError */
export async function httpConnect(talk: ProxyTalk, { ip, port }: Target, credentials: Credentials | null): Promise<void> {
  const authority = `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
  const basic = credentials === null ? [] : [`Proxy-Authorization: Basic ${basicOf(credentials)}`];
  talk.ask([`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...basic, "", ""].join("\r\n"));
  const start = Buffer.from(await talk.read(START.length)).toString("latin1");
  if (start !== START) throw new TcpError("proxy-bad-answer", "no answer of HTTP/1");
  const head = await talk.readThrough("\r\n\r\n", HEAD_BYTES_MAX);
  const status = /^[01] (\d{3})[ \r]/.exec(head)?.[1];
  if (status === undefined) throw new TcpError("proxy-bad-answer", "no answer of HTTP/1");
  if (!status.startsWith("2")) throw new TcpError(FAILURES[Number(status)] ?? "proxy-refused", `status ${status}`);
}

function basicOf({ user, password }: Credentials): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}
