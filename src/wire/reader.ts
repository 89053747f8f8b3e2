/**
 * Readers: check a value from a stranger and copy it, in one pass. The copy holds the declared fields only,
 * `__proto__` never, in canonical form: GUIDs in lower case, endpoints per RFC 5952, texts without lone surrogates.
 * PROTOCOL.md §4.
 */
import type { Field, Fields, Shape } from "./field.ts";
import type { Format } from "./format.ts";

/** The value does not fit. */
export const MISFIT = Symbol("misfit");

/** The value fits, but an extension of ours in it holds half a character. */
export const LONE_SURROGATE = Symbol("lone surrogate");

/** Gives the copy of a value, or MISFIT, or LONE_SURROGATE. Never throws, whatever the value. */
export type Reader = (value: unknown) => unknown;

/**
 * Builds the reader of one field, once per verb, so that a datagram costs no look at the declaration.
 * @param strict - true within an extension, where half a character is not repaired but refused
 */
export function readerOf({ shape }: Field, strict = false): Reader {
  switch (shape.kind) {
    case "text":
      return textReader(shape, strict);
    case "integer":
      return (value) => (Number.isInteger(value) && (value as number) >= shape.least && (value as number) <= shape.most ? value : MISFIT);
    case "number":
      return (value) => (Number.isFinite(value) ? value : MISFIT);
    case "boolean":
      return (value) => (typeof value === "boolean" ? value : MISFIT);
    case "unknown":
      return (value) => value;
    case "list":
      return listReader(readerOf(shape.entry, strict), shape.most);
    case "object":
      return objectReader(shape.fields, strict);
    case "extension":
      return objectReader(shape.fields, true);
    case "opaque":
      return opaqueReader(objectReader(shape.fields));
    case "choice":
      return choiceReader(shape.of.map((field) => readerOf(field, strict)));
  }
}

function textReader({ format, least, most }: Shape & { kind: "text" }, strict: boolean): Reader {
  const read = format === null ? (strict ? wholeText : wellFormed) : formatReader(format);
  return (value) => (typeof value === "string" && value.length >= least && value.length <= most ? read(value) : MISFIT);
}

function formatReader(format: Format): (text: string) => unknown {
  return (text) => format.read(text) ?? MISFIT;
}

function wholeText(text: string): unknown {
  return text.isWellFormed() ? text : LONE_SURROGATE;
}

/** `text` with every lone surrogate shown as U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

function listReader(read: Reader, most: number): Reader {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return MISFIT;
    const copy: unknown[] = [];
    let lone = false;
    for (const entry of value) {
      const got = read(entry);
      if (got === MISFIT) return MISFIT;
      if (got === LONE_SURROGATE) lone = true;
      else copy.push(got);
    }
    return lone ? LONE_SURROGATE : copy;
  };
}

/** Reads the declared fields in their order. A misfit anywhere counts before half a character anywhere else. */
export function objectReader(fields: Fields, strict = false): Reader {
  const readers = Object.entries(fields).map(([name, field]) => ({ name, presence: field.presence, read: readerOf(field, strict) }));
  return (value) => {
    if (!isObject(value)) return MISFIT;
    const copy: Record<string, unknown> = {};
    let lone = false;
    for (const { name, presence, read } of readers) {
      const got = Object.hasOwn(value, name) ? read(value[name]) : undefined;
      if (got === undefined || got === MISFIT) {
        if (presence === "needed" || (presence === "optional" && got === MISFIT)) return MISFIT;
      } else if (got === LONE_SURROGATE) lone = true;
      else copy[name] = got;
    }
    return lone ? LONE_SURROGATE : copy;
  };
}

function opaqueReader(check: Reader): Reader {
  return (value) => (check(value) === MISFIT ? MISFIT : value);
}

function choiceReader(readers: readonly Reader[]): Reader {
  return (value) => {
    for (const read of readers) {
      const got = read(value);
      if (got !== MISFIT) return got;
    }
    return MISFIT;
  };
}

/** True for what JSON writes in braces. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
