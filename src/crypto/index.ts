/** The door of crypto. */
export * from "./base32.ts";
export * from "./channel-id.ts";
export * from "./port.ts";
export * from "./safety-number.ts";
