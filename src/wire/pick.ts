/**
 * Copies what a schema declares out of a checked value, in canonical form: GUIDs in lower case, endpoints per
 * RFC 5952, texts without lone surrogates. Whatever the schema does not name stays behind, `__proto__` included.
 */
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { parseEndpoint, parseIp } from "./endpoint.ts";

/** Thrown inside this room only, when an extension of ours holds a lone surrogate. */
export class LoneSurrogate extends Error {}

/**
 * @param schema - the declaration; `value` has passed its check
 * @throws LoneSurrogate for half a character anywhere in an extension (`ptp`)
 */
export function pick(schema: TSchema, value: unknown, inExtension = false): unknown {
  const hint = schema as TSchema & { loose?: TSchema; opaque?: boolean; format?: string };
  if (hint.loose !== undefined) return Value.Check(hint.loose, value) ? pick(hint.loose, value, inExtension) : undefined;
  if (hint.opaque === true) return value;
  if (typeof value === "string") return canonical(value, hint.format, inExtension);
  if (Array.isArray(value)) return value.map((entry) => pick(schema.items as TSchema, entry, inExtension));
  if (typeof value === "object" && value !== null) return pickObject(schema, value as Record<string, unknown>, inExtension);
  return value;
}

function pickObject(schema: TSchema, value: Record<string, unknown>, inExtension: boolean): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  const fields = schema.properties as Record<string, TSchema>;
  for (const name in fields) {
    if (!Object.hasOwn(value, name)) continue;
    const field = fields[name] as TSchema;
    const copy = pick(field, value[name], inExtension || schema.extension === true);
    if (copy !== undefined) picked[name] = copy;
  }
  return picked;
}

function canonical(text: string, format: string | undefined, inExtension: boolean): string {
  switch (format) {
    case "guid":
      return text.toLowerCase();
    case "endpoint":
    case "far-end":
    case "near-end":
      return parseEndpoint(text) ?? parseIp(text) ?? text;
    default:
      if (inExtension && hasLoneSurrogate(text)) throw new LoneSurrogate();
      return wellFormed(text);
  }
}

const HALF = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** `text` with every lone surrogate shown as U+FFFD. */
export function wellFormed(text: string): string {
  return hasLoneSurrogate(text) ? text.replace(HALF, "\uFFFD") : text;
}

export function hasLoneSurrogate(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return true;
    at++;
  }
  return false;
}
