/** The door of crypto. */
export * from "./base32.ts";
export * from "./bytes.ts";
export * from "./channel-id.ts";
export * from "./cpace.ts";
export * from "./hpke.ts";
export * from "./noise.ts";
export * from "./port.ts";
export * from "./safety-number.ts";
