// expect error TS6307
import { chat } from "../../../../src/faces/line/index.ts";
export const door = chat;
