/**
 * Fields: the building blocks of a verb's table. Each is a TypeBox schema, so one declaration gives the check,
 * the TypeScript type, the test generator and the row in PROTOCOL.md. PROTOCOL.md §4.
 */
import { FormatRegistry, type Static, type TSchema, Type } from "@sinclair/typebox";
import { parseEndpoint, parseIp, parsePort } from "./endpoint.ts";
import { isGuid } from "./guid.ts";
import { ENTRIES_READ_MAX, MSG_ID_MAX, NAME_MAX } from "./limits.ts";

FormatRegistry.Set("guid", isGuid);
FormatRegistry.Set("endpoint", (text) => parseEndpoint(text) !== null);
FormatRegistry.Set("far-end", (text) => parseEndpoint(text) !== null || parseIp(text) !== null);
FormatRegistry.Set("near-end", (text) => parsePort(text) !== null || parseEndpoint(text) !== null || parseIp(text) !== null);
FormatRegistry.Set("base64", isBase64);

/** What {@link pick} does with a field beyond copying it; kept inside the schema. */
export interface Hint {
  /** A value that does not fit is treated as absent, instead of spoiling the message. */
  loose?: boolean;
  /** Everything below is an extension of ours, where lone surrogates are refused. */
  extension?: boolean;
}

export const optional = Type.Optional;

/** A field that may hold anything; only a value that fits `schema` is taken, any other counts as absent. */
export function loose<T extends TSchema>(schema: T) {
  return Type.Optional(Type.Unsafe<Static<T>>({ ...Type.Unknown(), about: schema.about, loose: schema }));
}

/** `msg_data.ptp`: what we add to the seed; unknown keys in it are ignored. */
export function extension<T extends Record<string, TSchema>>(fields: T) {
  return Type.Optional(Type.Object(fields, { extension: true, about: "extensions of ptpchat" }));
}

export function list<T extends TSchema>(entry: T, about: string, most = ENTRIES_READ_MAX) {
  return Type.Array(entry, { maxItems: most, about });
}

export function text(about: string, most?: number) {
  return Type.String({ about, ...(most === undefined ? {} : { maxLength: most }) });
}

export const channelId = Type.String({ format: "guid", about: "GUID, 8-4-4-4-12 hex, compared in lower case" });
export const channelName = loose(Type.String({ maxLength: NAME_MAX, about: "the channel's name; the GUID where it has none" }));
export const addressOf = (about: string) => Type.String({ format: "endpoint", about });
export const address = addressOf("`v4:port` or `[v6]:port`");
export const base64 = (about: string, most: number) => Type.String({ format: "base64", maxLength: most, minLength: 1, about });

/** The far party: `ip` or `ip:port`. */
export const farEnd = Type.String({ format: "far-end", about: "far party as this leg's receiver sees it: `ip` or `ip:port`" });

/** The near party: `port`, `ip` or `ip:port`. A port may come as a number. */
export const nearEnd = Type.Union(
  [Type.String({ format: "near-end" }), Type.Integer({ minimum: 1, maximum: 65_535 })],
  { about: "near party as this leg's receiver sees it: `port`, `ip` or `ip:port`" },
);

/** Names one message, so that its ACK can say which one it means. */
export const msgId = loose(
  Type.Union([Type.String({ minLength: 1, maxLength: MSG_ID_MAX }), Type.Integer()], { about: "names this message; its ACK repeats it" }),
);

/** Bytes that only make the datagram longer. */
export const pad = Type.Optional(Type.String({ about: "filling, so that the answer is paid for" }));

/** Shows to a node that its sender receives at its endpoint. */
export const cookie = Type.Optional(Type.String({ maxLength: 64, about: "repeated by the receiver, proves that it receives what we send" }));

function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const body = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  for (let at = 0; at < body; at++) {
    const code = text.charCodeAt(at);
    const ok = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x2b || code === 0x2f;
    if (!ok) return false;
  }
  return true;
}
