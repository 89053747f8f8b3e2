/**
 * Reads vitest's JSON report, says in one plain line how the tests went, and ends with 1 unless all of them ran and passed.
 *
 *   node scripts/ci-summary.mjs REPORT
 */
import { readFileSync } from "node:fs";

const report = read(process.argv[2]);
const tests = report.testResults.flatMap(({ name, assertionResults }) => assertionResults.map((test) => ({ file: name, ...test })));
const passed = tests.filter(({ status }) => status === "passed").length;
const skipped = tests.filter(({ status }) => status === "pending" || status === "skipped" || status === "todo" || status === "disabled");
// A file that could not be loaded has failed and counts no test of its own.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
const failed = tests.filter(({ status }) => status === "failed").length + brokenFiles;

for (const { file, fullName } of skipped) console.log(`skipped, and must not be here: ${file}: ${fullName}`);
console.log(`${passed} passed, ${failed + skipped.length} failed`);
process.exitCode = passed > 0 && failed === 0 && skipped.length === 0 && report.success ? 0 : 1;

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    console.log(`there is no report of the tests: ${error.message}`);
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}
