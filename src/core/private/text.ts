/** Bytes in the details of events, where nobody has checked them: base64url in its one spelling. PROTOCOL.md §13.2. */
import { fromBase64url, toBase64url } from "../log/text-form.ts";

/** The bytes that a text stands for; null where it is no base64url, or another spelling, or not so many bytes. */
export function bytesIn(text: string | null, length?: number): Uint8Array | null {
  if (text === null || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const bytes = fromBase64url(text);
  return toBase64url(bytes) === text && (length === undefined || bytes.length === length) ? bytes : null;
}
