/** The door of wire: what travels, and how it becomes bytes and back. */
export * from "./ack.ts";
export * from "./base64.ts";
export * from "./block.ts";
export * from "./channel-name.ts";
export * from "./codec.ts";
export * from "./endpoint.ts";
export { fileFields } from "./files.ts";
export * from "./frame.ts";
export * from "./guid.ts";
export * from "./id.ts";
export * from "./limits.ts";
export { wellFormed } from "./reader.ts";
export * from "./record.ts";
export * from "./stream.ts";
export { syncFields } from "./sync.ts";
export type { Body, Verb } from "./verb.ts";
export { verbs } from "./verbs/index.ts";
export type { Carried } from "./verbs/relay.ts";
