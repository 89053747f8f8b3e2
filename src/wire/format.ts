/** Forms of text that have one canonical spelling each. PROTOCOL.md §3, §4.3. */
import { parseEndpoint, parseIp, parsePort } from "./endpoint.ts";
import { parseGuid } from "./guid.ts";

export interface Format<T extends string = string> {
  /** What the tables of PROTOCOL.md call it. */
  readonly name: string;
  /** The canonical spelling of `text`, or null when it does not have this form. */
  readonly read: (text: string) => T | null;
}

export const guid: Format = { name: "GUID", read: parseGuid };
export const endpoint: Format = { name: "endpoint", read: parseEndpoint };
export const place: Format = { name: "IP or endpoint", read: readPlace };
export const portOrPlace: Format = { name: "port, IP or endpoint", read: (text) => (parsePort(text) === null ? readPlace(text) : text) };
export const base64: Format = { name: "base64", read: (text) => (isBase64(text) ? text : null) };

function readPlace(text: string): string | null {
  return parseEndpoint(text) ?? parseIp(text);
}

/** RFC 4648 §4, with filling. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const body = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  for (let at = 0; at < body; at++) {
    const code = text.charCodeAt(at);
    const ok =
      (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x2b || code === 0x2f;
    if (!ok) return false;
  }
  return true;
}
