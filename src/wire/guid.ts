/** GUIDs: how channels, and nodes towards old programs, are named. PROTOCOL.md §3. */

declare const guidBrand: unique symbol;
/** 8-4-4-4-12 hex digits in lower case. */
export type Guid = string & { readonly [guidBrand]: true };

/** True for 8-4-4-4-12 hex digits, in either case. */
export function isGuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(at);
    const dash = at === 8 || at === 13 || at === 18 || at === 23;
    const hex = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
    if (dash ? code !== 0x2d : !hex) return false;
  }
  return true;
}

export function parseGuid(text: string): Guid | null {
  return isGuid(text) ? (text.toLowerCase() as Guid) : null;
}

/** The first 16 of `bytes` as a UUIDv8 (RFC 9562 §5.8): our own content, with version and variant set. */
export function guidFrom(bytes: Uint8Array): Guid {
  const hex = [...bytes.subarray(0, 16)].map((byte, at) => {
    const value = at === 6 ? (byte & 0x0f) | 0x80 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  });
  const part = (from: number, to: number) => hex.slice(from, to).join("");
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}` as Guid;
}
