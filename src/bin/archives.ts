/** What is done with archives beside a node: they are read, proved and written in this process. */
import { importArchive } from "../app/import-archive.ts";
import { NewFile } from "../app/new-file.ts";
import { verifyArchive } from "../app/verify-archive.ts";
import type { ArchiveDoor } from "../faces/shared/door.ts";

export function archives(): ArchiveDoor {
  return { create: (path, over) => NewFile.begin(path, over), verify: verifyArchive, import: importArchive };
}
