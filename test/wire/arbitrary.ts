/**
 * Bodies and datagrams for property tests, made from the declarations of the verbs alone: a new verb needs no new
 * code here. All values are in canonical form, so that they decode to themselves.
 */
import fc from "fast-check";
import { base32 } from "../../src/crypto/index.ts";
import type { Field, Fields, Shape } from "../../src/wire/field.ts";
import { encode, guidFrom, headOf, type Message, parseEndpoint, parseIp, VERB_NAMES, type Verb, verbs } from "../../src/wire/index.ts";

/** A value that fits `field`. */
export function valueFor({ shape }: Field): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "text":
      return textOf(shape);
    case "integer":
      return fc.bigInt({ min: BigInt(shape.least), max: BigInt(shape.most) }).map(Number);
    case "number":
      return jsonNumber;
    case "boolean":
      return fc.boolean();
    case "unknown":
      return jsonData;
    case "list":
      return fc.array(valueFor(shape.entry), { maxLength: Math.min(shape.most, 8) });
    case "object":
    case "extension":
      return objectOf(shape.fields);
    case "opaque":
      return carriedHead;
    case "choice":
      return fc.oneof(...shape.of.map(valueFor));
  }
}

/** An object with these fields, optional ones there or not. */
export function objectOf(fields: Fields): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valueFor(field)]));
  const requiredKeys = Object.keys(fields).filter((name) => fields[name]?.presence === "needed");
  return fc.record(values, { requiredKeys, noNullPrototype: true });
}

function textOf({ format, least, most }: Shape & { kind: "text" }): fc.Arbitrary<string> {
  const maxLength = Math.min(most, 300);
  if (format === null) return fc.string({ unit: "binary", minLength: least, maxLength: Math.floor(maxLength / 2) || maxLength });
  const made = formats.get(format.name);
  if (made === undefined) throw new Error(`no generator for the format ${format.name}`);
  return made.filter((text) => text.length >= least && text.length <= most && format.read(text) === text);
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const guid = bytes(16).map(guidFrom);
const ip = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .map(parseIp)
  .filter((parsed) => parsed !== null);
const port = fc.integer({ min: 1, max: 65_535 });
const endpoint = fc.tuple(ip, port).map(([host, at]) => parseEndpoint(host.includes(":") ? `[${host}]:${at}` : `${host}:${at}`) ?? "");

const formats: ReadonlyMap<string, fc.Arbitrary<string>> = new Map<string, fc.Arbitrary<string>>([
  ["GUID", guid],
  ["endpoint", endpoint],
  ["IP or endpoint", fc.oneof(endpoint, ip)],
  ["port, IP or endpoint", fc.oneof(endpoint, ip, port.map(String))],
  ["base64", fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("base64"))],
  ["node id", bytes(32).map(base32)],
  ["event id", bytes(32).map((id) => Buffer.from(id).toString("hex"))],
  ["digest", bytes(32).map((hash) => Buffer.from(hash).toString("hex"))],
  ["instance id", bytes(8).map((id) => Buffer.from(id).toString("hex"))],
  ["signature", bytes(64).map((sig) => Buffer.from(sig).toString("base64url"))],
  ["Ed25519 public key", bytes(32).map(base32)],
  ["public key", bytes(32).map((key) => Buffer.from(key).toString("base64url"))],
  ["nonce", bytes(16).map((nonce) => Buffer.from(nonce).toString("base64url"))],
  ["word", fc.stringMatching(/^[a-z0-9-]{1,32}$/)],
]);

/** Numbers that JSON keeps; it knows no -0. */
const jsonNumber = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);

/** Any JSON that still fits within the depth limit at the place of `msg_data`, keys such as `__proto__` included. */
const jsonData = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** What a RELAY carries: a head with any verb but RELAY, known or not. */
const carriedHead = fc.record(
  {
    msg_type: fc.oneof(fc.constantFrom(...VERB_NAMES), fc.string({ maxLength: 32 })).filter((name) => name !== "RELAY"),
    msg_data: jsonData,
  },
  { requiredKeys: ["msg_type"], noNullPrototype: true },
);

/** A message of one verb, or of any. */
export const message: fc.Arbitrary<Message> = fc.constantFrom(...VERB_NAMES).chain(messageOf);
export function messageOf(verb: Message["verb"]): fc.Arbitrary<Message> {
  const declared: Verb = verbs[verb];
  return objectOf(declared.fields)
    .filter((body) => (declared.refuse?.(body as never) ?? null) === null)
    .map((body) => ({ verb, body }) as Message);
}

/** The datagram of any message, as UTF-8 or as ASCII. */
export const datagram: fc.Arbitrary<Uint8Array> = fc
  .tuple(message, fc.boolean())
  .map(([{ verb, body }, ascii]) => encode(verb, body, ascii));

/** A datagram with a few bytes flipped, cut out, put in or doubled. */
export const mutatedDatagram: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    datagram,
    fc.array(fc.tuple(fc.constantFrom("flip", "cut", "insert", "double"), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  )
  .map(([bytes, changes]) => changes.reduce((changed, [how, where, byte]) => mutate(changed, how, where, byte), bytes));

function mutate(bytes: Uint8Array, how: "flip" | "cut" | "insert" | "double", where: number, byte: number): Uint8Array {
  const at = where % (bytes.length + 1);
  const before = bytes.subarray(0, at);
  switch (how) {
    case "flip":
      return bytes.map((old, index) => (index === at ? old ^ (byte || 1) : old));
    case "cut":
      return Uint8Array.of(...before, ...bytes.subarray(at + (byte % 16) + 1));
    case "insert":
      return Uint8Array.of(...before, byte, ...bytes.subarray(at));
    case "double":
      return Uint8Array.of(...before, ...before.subarray(Math.max(0, at - (byte % 64))), ...bytes.subarray(at));
  }
}

/** A well-formed head whose body has one of its values, at any depth, exchanged for other JSON. */
export const spoiltDatagram: fc.Arbitrary<Uint8Array> = fc
  .tuple(message, fc.nat(), fc.oneof(jsonData, fc.constantFrom("\ud800", "\udc00x", -0, 1e308, "[::1]:0", "\u0000")))
  .map(([{ verb, body }, which, value]) => new TextEncoder().encode(JSON.stringify(spoil(headOf(verb, body), which, value))));

function spoil(head: object, which: number, value: unknown): unknown {
  let places = 0;
  JSON.stringify(head, (_, old: unknown) => {
    places++;
    return old;
  });
  let place = 0;
  return JSON.parse(JSON.stringify(head, (_, old) => (place++ === which % places ? value : old) as unknown)) as unknown;
}
