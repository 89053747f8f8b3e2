// expect error TS6307
import * as net from "../../../../src/net/index.ts";
export const door = net;
