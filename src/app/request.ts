/** Looks into requests at the door: they may come from another process, so their types are only claims. */
import { ApiError } from "./api.ts";

/** @throws ApiError `usage` when the field is missing, no text, or longer than `most` UTF-16 units */
export function text(request: unknown, field: string, most = Number.POSITIVE_INFINITY): string {
  const value = optionalText(request, field);
  if (value === undefined) throw missing(field, "a text");
  if (value.length > most) throw missing(field, `a text of at most ${most} characters`);
  return value;
}

/** @throws ApiError `usage` when the field is there and no text */
export function optionalText(request: unknown, field: string): string | undefined {
  const value = fieldOf(request, field);
  if (value === undefined || typeof value === "string") return value;
  throw missing(field, "a text");
}

/** @throws ApiError `usage` when the field is there and no list of texts */
export function optionalTexts(request: unknown, field: string): readonly string[] {
  const value = fieldOf(request, field);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value as string[];
  throw missing(field, "a list of texts");
}

/** @throws ApiError `usage` when the field is missing and no boolean */
export function flag(request: unknown, field: string): boolean {
  const value = fieldOf(request, field);
  if (typeof value === "boolean") return value;
  throw missing(field, "true or false");
}

/** False when the field is missing. @throws ApiError `usage` when it is there and no boolean */
export function optionalFlag(request: unknown, field: string): boolean {
  return fieldOf(request, field) === undefined ? false : flag(request, field);
}

/** @throws ApiError `usage` when the field is there and no whole number within the bounds */
export function optionalWhole(request: unknown, field: string, least: number, most: number): number | undefined {
  const value = fieldOf(request, field);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw missing(field, `a whole number from ${least} to ${most}`);
}

/** @throws ApiError `usage` when the field is missing, no list, or longer than `most` */
export function list(request: unknown, field: string, most: number): readonly unknown[] {
  const value = fieldOf(request, field);
  if (Array.isArray(value) && value.length <= most) return value as unknown[];
  throw missing(field, `a list of at most ${most}`);
}

/** An id of 32 or 64 hex digits. @throws ApiError `usage` when the field is there and none */
export function optionalId(request: unknown, field: string): string | undefined {
  const value = optionalText(request, field);
  if (value === undefined || isId(value)) return value?.toLowerCase();
  throw missing(field, "the id of a post (32 or 64 hex digits)");
}

/** An id, whole or its first 6 digits or more; or milliseconds since 1970. @throws ApiError `usage` when the field is there and neither */
export function optionalIdOrTime(request: unknown, field: string): string | number | undefined {
  const value = fieldOf(request, field);
  if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
  if (typeof value === "string" && /^[0-9a-f]{6,64}$/i.test(value)) return value.toLowerCase();
  throw missing(field, "the id of a post (its first 6 hex digits or more) or a time in milliseconds since 1970");
}

/** @throws ApiError `usage` when the field is there and none of the words */
export function optionalWord<const Word extends string>(request: unknown, field: string, words: readonly Word[]): Word | undefined {
  const value = fieldOf(request, field);
  const found = words.find((word) => word === value);
  if (value === undefined || found !== undefined) return found;
  throw missing(field, words.map((word) => `"${word}"`).join(" or "));
}

function isId(text: string): boolean {
  return /^(?:[0-9a-f]{32}){1,2}$/i.test(text);
}

/** @throws ApiError `usage` when the field is missing, or none of the words */
export function word<const Word extends string>(request: unknown, field: string, words: readonly Word[]): Word {
  const found = optionalWord(request, field, words);
  if (found === undefined) throw missing(field, words.map((each) => `"${each}"`).join(" or "));
  return found;
}

function fieldOf(request: unknown, field: string): unknown {
  if (typeof request !== "object" || request === null || Array.isArray(request))
    throw new ApiError("usage", "the request must be an object");
  return Object.hasOwn(request, field) ? (request as Record<string, unknown>)[field] : undefined;
}

function missing(field: string, wanted: string): ApiError {
  return new ApiError("usage", `"${field}" must be ${wanted}`);
}
