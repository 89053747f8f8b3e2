/** Writes a small file so that after a crash at any moment it is there as it was or as it is to be, never half. */
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";

/** What of the file system is used; tests give one that fails, or one that ends the process. */
export interface Files {
  open(path: string, flags: "r" | "w", mode: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
}
export type OpenFile = Pick<FileHandle, "chmod" | "writeFile" | "sync" | "close">;

const MODE = 0o600;
const system: Files = { open, rename };

/**
 * Puts `text` in the place of the file, for this user alone: written beside it and flushed, renamed over it, the directory
 * flushed. A half that a crash left behind is written over by the next call.
 * @throws what the system says; then the file is as it was, unless only the last flush failed: then it is one or the other
 */
export async function writeWhole(path: string, text: string, files: Files = system): Promise<void> {
  const half = `${path}.new`;
  await withFile(files, half, "w", async (file) => {
    await file.chmod(MODE); // a half that was there keeps its own mode
    await file.writeFile(text);
    await file.sync(); // before the rename: else its name may reach the disk and its content not
  });
  await files.rename(half, path);
  if (process.platform === "win32") return; // directories cannot be flushed there; NTFS journals them
  await withFile(files, dirname(path), "r", (directory) => directory.sync());
}

async function withFile(files: Files, path: string, flags: "r" | "w", work: (file: OpenFile) => Promise<void>): Promise<void> {
  const file = await files.open(path, flags, MODE);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
