/** Directories of their own for tests that need files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty directory, gone when the test has finished. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "ptpchat-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
