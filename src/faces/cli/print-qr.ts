/** Prints a QR code; in a terminal with colours of its own, unless NO_COLOR says otherwise. */
import process from "node:process";
import { qrLines } from "../shared/qr.ts";
import type { Call } from "./call.ts";

export function printQr(call: Call, text: string): void {
  const colour = call.world.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
  for (const line of qrLines(text, colour)) call.print(line);
}
