/** A proxy as a person writes it: `socks5://user:password@host:port` or `http://host:port`. */

export interface ProxyAddress {
  readonly kind: "socks5" | "http";
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Null where the proxy is to know nobody. */
  readonly credentials: Credentials | null;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** RFC 1929: each has a length of one byte. */
const CREDENTIAL_BYTES_MAX = 255;
const DEFAULT_PORTS = { socks5: 1_080, http: 8_080 };
const SCHEMES: Readonly<Record<string, ProxyAddress["kind"]>> = { "socks5:": "socks5", "socks5h:": "socks5", "http:": "http" };

/** Reads a proxy's address; null when it is none. */
export function parseProxy(text: string): ProxyAddress | null {
  const url = URL.parse(text);
  const kind = url === null ? undefined : SCHEMES[url.protocol];
  if (url === null || kind === undefined || url.hostname === "" || !["", "/"].includes(url.pathname)) return null;
  if (url.search !== "" || url.hash !== "" || url.port === "0") return null;
  const credentials = credentialsIn(url);
  if (credentials === undefined) return null;
  // The parser leaves out the port that is http's own.
  const port = url.port !== "" ? Number(url.port) : kind === "http" && /:80\/?$/.test(text) ? 80 : DEFAULT_PORTS[kind];
  return { kind, host: url.hostname.replace(/^\[|\]$/g, ""), port, credentials };
}

/** The address without its credentials: for all that is shown or logged. */
export function shownProxy({ kind, host, port, credentials }: ProxyAddress): string {
  return `${kind}://${credentials === null ? "" : "…@"}${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Undefined where they cannot be said to a proxy. */
function credentialsIn(url: URL): Credentials | null | undefined {
  if (url.username === "" && url.password === "") return null;
  try {
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const fit = [user, password].every((each) => Buffer.byteLength(each) <= CREDENTIAL_BYTES_MAX);
    return fit && user !== "" ? { user, password } : undefined;
  } catch {
    return undefined;
  }
}
