/** Where to listen, as a person writes it. PROTOCOL.md §3. */
import { type Ip, ipOf, parseEndpoint, parseIp, portOf } from "../wire/index.ts";

export interface ListenAddress {
  readonly ip: Ip;
  /** 0: any free one. */
  readonly port: number;
}

/** Reads `v4:port` or `[v6]:port`, port 0 allowed; null when it is none. Names are not looked up: they may mean several. */
export function parseListenAddress(text: string): ListenAddress | null {
  if (!text.endsWith(":0")) {
    const endpoint = parseEndpoint(text);
    return endpoint === null ? null : { ip: ipOf(endpoint), port: portOf(endpoint) };
  }
  const host = text.slice(0, -2);
  const bracketed = host.startsWith("[") && host.endsWith("]");
  const ip = parseIp(bracketed ? host.slice(1, -1) : host);
  return ip === null || (!bracketed && ip.includes(":")) ? null : { ip, port: 0 };
}
