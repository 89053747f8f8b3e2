/** What a disk said, in words that say what to do. */
import { statfs } from "node:fs/promises";
import { ApiError } from "../api.ts";
import { systemCode } from "../home.ts";

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** @param path - what was to be written */
export function diskFault(path: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = systemCode(error) ?? String(error);
  if (FULL.has(code))
    return new ApiError("disk-full", `the disk that holds ${path} is full: free some space and ask again (${code})`, code);
  return new ApiError("file-unwritable", `${path} cannot be written: check the directory and its disk (${code})`, code);
}

/** Asks for room before long work, since it is kinder to say no at once. @throws ApiError `disk-full`, `file-unwritable` */
export async function checkRoom(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory).catch((error: unknown) => {
    throw diskFault(directory, error);
  });
  if (bavail * bsize >= bytes) return;
  const mb = (count: number) => `${Math.ceil(count / 1_000_000)} MB`;
  throw new ApiError(
    "disk-full",
    `${mb(bytes)} are needed on the disk that holds ${directory}, and ${mb(bavail * bsize)} are free`,
    "ENOSPC",
  );
}
