/**
 * Fields: the building blocks of a verb's table. Each is plain data, so one declaration gives the reader (reader.ts),
 * the TypeScript type, the test generator and the row in PROTOCOL.md. PROTOCOL.md §4.
 */
import * as format from "./format.ts";
import { ENTRIES_READ_MAX, MSG_ID_MAX, NAME_MAX, WHOLE_MAX } from "./limits.ts";

/** What fits into a field; lengths of text are in UTF-16 units. */
export type Shape =
  | { readonly kind: "text"; readonly format: format.Format | null; readonly least: number; readonly most: number }
  | { readonly kind: "integer"; readonly least: number; readonly most: number }
  | { readonly kind: "number" | "boolean" | "unknown" }
  | { readonly kind: "list"; readonly entry: Field; readonly most: number }
  | { readonly kind: "object"; readonly fields: Fields }
  /** An object of ours, anywhere in which half a character spoils the message. */
  | { readonly kind: "extension"; readonly fields: Fields }
  /** An object that is checked and then handed on as it came, undeclared keys included. */
  | { readonly kind: "opaque"; readonly fields: Fields }
  | { readonly kind: "choice"; readonly of: readonly Field[] };

/** `needed`: must be there and fit. `optional`: may be absent. `loose`: may be absent, and is when it does not fit. */
export type Presence = "needed" | "optional" | "loose";

declare const valueType: unique symbol;

/** One field: its shape, whether it must be there, and a word about it for PROTOCOL.md. `T` is the type of its value. */
export interface Field<T = unknown, P extends Presence = Presence> {
  readonly shape: Shape;
  readonly presence: P;
  readonly about: string;
  /** Never there; only carries `T`. */
  readonly [valueType]?: T;
}

export type Fields = Readonly<Record<string, Field>>;

/** The type of a field's value. */
export type Value<F extends Field> = F extends Field<infer T> ? T : never;

/** The type of an object with these fields. */
export type Values<F extends Fields> = Flat<
  { -readonly [Name in keyof F as F[Name]["presence"] extends "needed" ? Name : never]: Value<F[Name]> } & {
    -readonly [Name in keyof F as F[Name]["presence"] extends "needed" ? never : Name]?: Value<F[Name]>;
  }
>;
type Flat<T> = { [Name in keyof T]: T[Name] };

type Needed<T> = Field<T, "needed">;

// ---- builders ----

export function text(about: string, most = Number.POSITIVE_INFINITY, least = 0): Needed<string> {
  return needed({ kind: "text", format: null, least, most }, about);
}

export function formatted<T extends string>(form: format.Format<T>, about: string, most = Number.POSITIVE_INFINITY, least = 0): Needed<T> {
  return needed({ kind: "text", format: form, least, most }, about);
}

/** The default bounds are those of a double: integers beyond these would not come back the same. */
export function integer(about: string, least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Needed<number> {
  return needed({ kind: "integer", least, most }, about);
}

export function number(about: string): Needed<number> {
  return needed({ kind: "number" }, about);
}

export function boolean(about: string): Needed<boolean> {
  return needed({ kind: "boolean" }, about);
}

/** Any JSON. */
export function unknown(about: string): Needed<unknown> {
  return needed({ kind: "unknown" }, about);
}

export function list<F extends Field>(entry: F, about: string, most = ENTRIES_READ_MAX): Needed<Value<F>[]> {
  return needed({ kind: "list", entry, most }, about);
}

export function object<const F extends Fields>(fields: F, about = ""): Needed<Values<F>> {
  return needed({ kind: "object", fields }, about);
}

export function opaque<const F extends Fields>(fields: F, about: string): Needed<Values<F>> {
  return needed({ kind: "opaque", fields }, about);
}

/** The first of `of` that the value fits. */
export function choice<const F extends readonly Field[]>(about: string, ...of: F): Needed<Value<F[number]>> {
  return needed({ kind: "choice", of }, about);
}

/** `msg_data.ptp`: what we add to the seed; unknown keys in it are ignored. */
export function extension<const F extends Fields>(fields: F): Field<Values<F>, "optional"> {
  return optional(needed({ kind: "extension", fields }, "extensions of ptpchat"));
}

/** The same in a verb that takes any object: where it does not fit it counts as absent. */
export function looseExtension<const F extends Fields>(fields: F): Field<Values<F>, "loose"> {
  return loose(needed({ kind: "extension", fields }, "extensions of ptpchat"));
}

export function optional<T>(field: Needed<T>): Field<T, "optional"> {
  return { ...field, presence: "optional" };
}

/** A field that may hold anything; only a value that fits is taken, any other counts as absent. */
export function loose<T>(field: Needed<T>): Field<T, "loose"> {
  return { ...field, presence: "loose" };
}

function needed<T>(shape: Shape, about: string): Needed<T> {
  return { shape, presence: "needed", about };
}

// ---- fields that several verbs have ----

export const channelId = formatted(format.guid, "the channel");
export const channelName = loose(text("the channel's name; the GUID where it has none", NAME_MAX));
export const addressOf = (about: string) => formatted(format.endpoint, about);
export const address = addressOf("`v4:port` or `[v6]:port`");
export const base64 = (about: string, most: number) => formatted(format.base64, about, most, 1);

/** The author's clock when an epoch began, by which it is named. */
export const epochTime = integer("the epoch: its author's clock when it began, in microseconds since 1970", 1, WHOLE_MAX);

/** The far party: `ip` or `ip:port`. */
export const farEnd = formatted(format.place, "far party as this leg's receiver sees it: `ip` or `ip:port`");

/** The near party: `port`, `ip` or `ip:port`. A port may come as a number. */
export const nearEnd = choice(
  "near party as this leg's receiver sees it: `port`, `ip` or `ip:port`",
  formatted(format.portOrPlace, "as text"),
  integer("a port as a number", 1, 65_535),
);

/** Names one message, so that its ACK can say which one it means. */
export const msgId = loose(choice("names this message; its ACK repeats it", text("as text", MSG_ID_MAX, 1), integer("as a number")));

/** Of the handshake that begins a session; no other is known. */
export const handshakeVersion = integer("version of the handshake", 1, 1);

/** Bytes that only make the datagram longer. */
export const pad = optional(text("filling, so that the answer is paid for"));

/** Shows to a node that its sender receives at its endpoint. */
export const cookie = optional(text("repeated by the receiver, proves that it receives what we send", 64));

export const sessions = optional(boolean("false: the sender holds no sessions, though it knows this page"));
