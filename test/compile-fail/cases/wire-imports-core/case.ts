// expect error TS6307
import { MAIN_SOCKET } from "../../../../src/core/io.ts";
export const socket = MAIN_SOCKET;
