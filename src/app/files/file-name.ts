/**
 * Names for files that come from others. Nothing of what they write is used as a path but the last part of it, made harmless:
 * no separators, no characters that nobody sees or that turn the writing direction, no name that Windows takes for a device, no
 * leading dot, no more bytes than file systems take. PROTOCOL.md §21.5, cli.md "Files".
 */
import { extname } from "node:path";

/** Room below the 255 bytes that file systems take: for a number, and for what is put behind the name meanwhile. */
const NAME_BYTES_MAX = 200;
const EXTENSION_BYTES_MAX = 20;
const NAMELESS = "file";

/** Controls, formats (bidi, joiners, tags), surrogates, private use, line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
/** What Windows takes in no name, and shells do something with. */
const UNFIT = /[<>:"|?*\\/]/g;
/** Devices on Windows, whatever the extension: also with superscript digits. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** A name under which a file may be put into a directory. */
export function safeName(given: string): string {
  const last = given.split(/[/\\]/).findLast((part) => part !== "") ?? "";
  const visible = last.normalize("NFC").replace(UNSEEN, "").replace(UNFIT, "_").replace(/\s+/g, " ");
  const plain = visible.replace(/^[. ]+/, "").replace(/[. ]+$/, "");
  const whole = plain === "" ? NAMELESS : DEVICE.test(plain) ? `_${plain}` : plain;
  return shortened(whole);
}

/** `name-2.ext`: the same for the second, third and so on where a file of that name is there. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}-${number}${extension}`;
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const extension = Buffer.byteLength(extname(name)) <= EXTENSION_BYTES_MAX ? extname(name) : "";
  const room = NAME_BYTES_MAX - Buffer.byteLength(extension);
  let stem = "";
  let bytes = 0;
  for (const letter of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(letter);
    if (bytes > room) break;
    stem += letter;
  }
  return `${stem.trimEnd()}${extension}`;
}
