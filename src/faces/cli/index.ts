/** The door of the command line. */
export type { World } from "./call.ts";
export { main } from "./main.ts";
