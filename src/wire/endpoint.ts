/**
 * IP addresses and endpoints as text, in one canonical form, so that equal places are equal strings.
 * IPv4 as dotted quad, IPv6 as RFC 5952, `[v6]:port`, IPv4-mapped IPv6 as IPv4. PROTOCOL.md §3.
 */

declare const endpointBrand: unique symbol;
/** An IP address with a port, canonical: `203.0.113.5:4000` or `[2001:db8::1]:4000`. */
export type Endpoint = string & { readonly [endpointBrand]: true };

declare const ipBrand: unique symbol;
/** An IP address, canonical: `203.0.113.5` or `2001:db8::1`. */
export type Ip = string & { readonly [ipBrand]: true };

/** Where an address may be reached from (RFC 6890): CONNECT treats each differently. */
export type Scope = "loopback" | "private" | "public" | "link-local" | "multicast" | "broadcast" | "unspecified";

/** Reads an IPv4 or IPv6 address, without brackets, port or zone; null when it is none. */
export function parseIp(text: string): Ip | null {
  if (text.length > 45) return null;
  const v4 = parseV4(text);
  if (v4 !== null) return text as Ip;
  const groups = parseV6(text);
  return groups === null ? null : formatV6(groups);
}

/** Reads `v4:port` or `[v6]:port`, port 1 to 65535; null when it is none. */
export function parseEndpoint(text: string): Endpoint | null {
  if (text.length > 53) return null;
  const colon = text.lastIndexOf(":");
  const port = parsePort(text.slice(colon + 1));
  if (colon < 0 || port === null) return null;
  const host = text.slice(0, colon);
  if (host.startsWith("[") && host.endsWith("]")) {
    const ip = host.includes(".") && !host.includes(":") ? null : parseIp(host.slice(1, -1));
    return ip === null ? null : endpoint(ip, port);
  }
  const ip = parseV4(host);
  return ip === null ? null : endpoint(host as Ip, port);
}

/** Reads a decimal port, 1 to 65535, without sign or leading zero; null when it is none. */
export function parsePort(text: string): number | null {
  if (text.length === 0 || text.length > 5 || text.charCodeAt(0) === 0x30) return null;
  let port = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return null;
    port = port * 10 + digit;
  }
  return port <= 65_535 ? port : null;
}

/** Joins a canonical address and a port. */
export function endpoint(ip: Ip, port: number): Endpoint {
  return (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`) as Endpoint;
}

/**
 * The endpoint of a datagram as the platform names it; unlike {@link parseEndpoint} it keeps an IPv6 zone
 * (`fe80::1%eth0`), without which a link-local neighbour could not be answered.
 */
export function observedEndpoint(address: string, port: number): Endpoint {
  if (address.startsWith("::ffff:") && address.includes(".")) return `${address.slice(7)}:${port}` as Endpoint;
  if (!address.includes(":")) return `${address}:${port}` as Endpoint;
  const zone = address.indexOf("%");
  const ip = parseIp(zone < 0 ? address : address.slice(0, zone)) ?? address;
  return endpoint(`${ip}${zone < 0 ? "" : address.slice(zone)}` as Ip, port);
}

/** True for an endpoint that only this machine can name, by the interface that it is reached over: it is told to nobody. */
export function hasZone(of: Endpoint): boolean {
  return of.includes("%");
}

export function ipOf(of: Endpoint): Ip {
  const colon = of.lastIndexOf(":");
  return (of.charCodeAt(0) === 0x5b ? of.slice(1, colon - 1) : of.slice(0, colon)) as Ip;
}

export function portOf(of: Endpoint): number {
  return Number(of.slice(of.lastIndexOf(":") + 1));
}

/** The part of an address that one household holds: the whole IPv4 address, the first 64 bits of an IPv6 one. */
export function networkOf(ip: Ip): string {
  if (!ip.includes(":")) return ip;
  const groups = parseV6(ip.split("%", 1)[0] ?? "");
  return groups === null
    ? ip
    : groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(":");
}

/** Says where an address may be reached from. */
export function scopeOf(ip: Ip): Scope {
  const v4 = parseV4(ip);
  if (v4 !== null) return scopeOfV4(v4);
  const groups = parseV6(ip.split("%", 1)[0] ?? "");
  return groups === null ? "unspecified" : scopeOfV6(groups);
}

function scopeOfV4([a, b, c, d]: readonly [number, number, number, number]): Scope {
  if (a === 0) return "unspecified";
  if (a === 127) return "loopback";
  if (a === 169 && b === 254) return "link-local";
  if (a === 255 && b === 255 && c === 255 && d === 255) return "broadcast";
  if (a >= 224) return "multicast"; // 240.0.0.0/4 is reserved and never a peer either
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)) return "private";
  return "public";
}

function scopeOfV6(groups: readonly number[]): Scope {
  const first = groups[0] ?? 0;
  if (groups.every((group) => group === 0)) return "unspecified";
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return "loopback";
  if (first >= 0xff00) return "multicast";
  if (first >= 0xfe80 && first < 0xfec0) return "link-local";
  if (first >= 0xfc00 && first < 0xfe00) return "private";
  return "public";
}

function parseV4(text: string): readonly [number, number, number, number] | null {
  const parts: number[] = [];
  let value = -1;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x2e;
    if (code === 0x2e) {
      if (value < 0) return null;
      parts.push(value);
      value = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      if (value === 0) return null; // "01" is octal to some programs: refused
      value = Math.max(value, 0) * 10 + (code - 0x30);
      if (value > 255) return null;
    } else return null;
  }
  return parts.length === 4 ? (parts as unknown as readonly [number, number, number, number]) : null;
}

function parseV6(text: string): number[] | null {
  if (!text.includes(":")) return null;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    const v4 = last && at === parts.length - 1 ? parseV4(part) : null;
    if (v4 !== null) groups.push((v4[0] << 8) | v4[1], (v4[2] << 8) | v4[3]);
    else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function formatV6(groups: readonly number[]): Ip {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` as Ip;
  }
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.at < 0) return hex.join(":") as Ip;
  return `${hex.slice(0, best.at).join(":")}::${hex.slice(best.at + best.length).join(":")}` as Ip;
}
