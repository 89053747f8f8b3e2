/** The version of this package, as package.json says; it lies two directories up, in a checkout, in what is built of it and when installed. */
import { readFileSync } from "node:fs";

export const VERSION: string = versionIn(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

function versionIn(text: string): string {
  return (JSON.parse(text) as { version: string }).version;
}
