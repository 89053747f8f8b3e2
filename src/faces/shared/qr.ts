/** QR codes in a terminal: half blocks, two rows of modules a line. */
import { renderUnicodeCompact } from "uqr";

/** Modules of white around the code; readers are promised four (ISO/IEC 18004). */
const BORDER = 4;
const WHITE_ON_BLACK = "\u001b[97;40m";
const PLAIN = "\u001b[0m";

/**
 * The lines of a QR code.
 * @param colour - true: says its colours, so that it can be read on a light terminal too; without, a dark one is taken for granted
 */
export function qrLines(text: string, colour: boolean): string[] {
  const lines = renderUnicodeCompact(text, { ecc: "M", border: BORDER }).split("\n");
  return colour ? lines.map((line) => `${WHITE_ON_BLACK}${line}${PLAIN}`) : lines;
}
