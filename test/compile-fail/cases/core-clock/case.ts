// expect Cannot find name 'performance'
// expect Cannot find name 'process'
// expect Cannot find name 'node:crypto'
import { randomBytes } from "node:crypto";
export const now = [performance.now(), process.hrtime(), randomBytes(1)];
