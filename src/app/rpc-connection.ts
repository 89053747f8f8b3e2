/** One client of the node's socket: its lines in, answers and events out. cli.md "The socket". */
import type { Socket } from "node:net";
import { type Api, ApiError } from "./api.ts";
import type { LocalDoor } from "./local-door.ts";
import type { Log } from "./log.ts";
import { errorOf, LineCutter, RPC_CODE, type RpcId, type RpcResponse } from "./rpc-message.ts";

/** Bytes that may wait for a client to read them; beyond, it is cut. */
const QUEUE_BYTES_MAX = 8 * 1_024 * 1_024;
/** Commands of one client under way: beyond, its next ones wait in its own socket. */
const PENDING_MAX = 256;

const COMMANDS: Readonly<Record<keyof Api, true>> = {
  status: true,
  id: true,
  peers: true,
  routes: true,
  ways: true,
  channels: true,
  members: true,
  join: true,
  leave: true,
  send: true,
  edit: true,
  delete: true,
  react: true,
  nick: true,
  topic: true,
  history: true,
  connect: true,
  getcertificate: true,
  getkey: true,
  key: true,
  contacts: true,
  addContact: true,
  removeContact: true,
  setContactPolicy: true,
  newCode: true,
  meetContact: true,
  verify: true,
  keep: true,
  search: true,
  archive: true,
  importMessages: true,
  create: true,
  grant: true,
  revoke: true,
  kick: true,
  ban: true,
  unban: true,
  invite: true,
  invites: true,
  revokeInvite: true,
  redeem: true,
  mute: true,
  unmute: true,
  block: true,
  unblock: true,
  mailboxes: true,
  useMailbox: true,
  requests: true,
  accept: true,
  quiet: true,
  sendFile: true,
  getFile: true,
  files: true,
  dropFile: true,
  keepFiles: true,
  doctor: true,
  tap: true,
  stop: true,
};

type Handler = (params: unknown) => Promise<unknown>;
type Outcome = { readonly result: unknown } | Pick<Extract<RpcResponse, { error: unknown }>, "error">;

export class RpcConnection {
  readonly #socket: Socket;
  readonly #door: LocalDoor;
  readonly #log: Log;
  readonly #lines = new LineCutter();
  #pending = 0;
  #unsubscribe: (() => void) | null = null;

  constructor(socket: Socket, door: LocalDoor, log: Log) {
    this.#socket = socket;
    this.#door = door;
    this.#log = log;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", () => socket.destroy()); // the client is gone
  }

  /** Ends the connection once what was written is read. */
  end(): void {
    this.#unsubscribe?.();
    this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    const lines = this.#lines.take(text);
    if (lines === null) {
      this.#write(response(null, refusal(RPC_CODE.invalidRequest, "the line is too long")));
      this.end();
      return;
    }
    for (const line of lines) if (line.trim() !== "") void this.#onLine(line);
  }

  async #onLine(line: string): Promise<void> {
    if (++this.#pending >= PENDING_MAX) this.#socket.pause();
    const answer = await this.#answer(line);
    if (answer !== null) this.#write(answer);
    if (--this.#pending < PENDING_MAX) this.#socket.resume();
  }

  /** One request or a batch of them; null where nothing is to be answered. */
  async #answer(line: string): Promise<RpcResponse | RpcResponse[] | null> {
    const value = parse(line);
    if (value === undefined) return response(null, refusal(RPC_CODE.parse, "the line is not JSON"));
    if (!Array.isArray(value)) return this.#onRequest(value);
    if (value.length === 0) return response(null, refusal(RPC_CODE.invalidRequest, "the batch is empty"));
    const answers = (await Promise.all(value.map((request) => this.#onRequest(request)))).filter((answer) => answer !== null);
    return answers.length === 0 ? null : answers;
  }

  async #onRequest(request: unknown): Promise<RpcResponse | null> {
    if (!isObject(request)) return response(null, refusal(RPC_CODE.invalidRequest, "a request is an object"));
    const id = isId(request.id) ? request.id : null;
    if (request.jsonrpc !== "2.0" || typeof request.method !== "string" || (request.id !== undefined && !isId(request.id))) {
      return response(id, refusal(RPC_CODE.invalidRequest, 'a request has "jsonrpc":"2.0", a "method" and an "id"'));
    }
    const outcome = await this.#carryOut(request.method, request.params ?? {});
    return request.id === undefined ? null : response(id, outcome);
  }

  async #carryOut(method: string, params: unknown): Promise<Outcome> {
    const handler = this.#handlerOf(method);
    if (handler === null) return refusal(RPC_CODE.noMethod, `there is no method "${method}"`);
    if (!isObject(params)) return refusal(RPC_CODE.invalidParams, '"params" must be an object');
    try {
      return { result: await handler(params) };
    } catch (error) {
      if (error instanceof ApiError) return { error: errorOf(error) };
      this.#log.error("internal", { method, ...faultOf(error) });
      return refusal(RPC_CODE.internal, `${method} failed inside the node: its log says more`);
    }
  }

  #handlerOf(method: string): Handler | null {
    if (method === "subscribe") return async () => this.#subscribe(true);
    if (method === "unsubscribe") return async () => this.#subscribe(false);
    if (!Object.hasOwn(COMMANDS, method)) return null;
    const door = this.#door;
    const command = door[method as keyof Api] as unknown as Handler;
    return (params) => command.call(door, params);
  }

  #subscribe(on: boolean): { subscribed: boolean } {
    this.#unsubscribe?.();
    this.#unsubscribe = on ? this.#door.subscribe((event) => this.#write({ jsonrpc: "2.0", method: "event", params: event })) : null;
    return { subscribed: on };
  }

  #write(value: object): void {
    if (!this.#socket.writable) return;
    if (this.#socket.writableLength > QUEUE_BYTES_MAX) {
      this.#log.warn("slow-client-cut", { queuedBytes: this.#socket.writableLength });
      this.cut();
      return;
    }
    this.#socket.write(`${JSON.stringify(value)}\n`);
  }
}

/** Calls of the stack that tell where something went wrong. */
const FRAMES_MAX = 12;

/** What went wrong and where. Not the error's own words: they may repeat what somebody wrote. */
function faultOf(error: unknown): { readonly error: string; readonly stack: string } {
  if (!(error instanceof Error)) return { error: typeof error, stack: "" };
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return { error: error.name, stack: frames.slice(0, FRAMES_MAX).join("\n") };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is RpcId {
  return value === null || typeof value === "string" || typeof value === "number";
}

function refusal(code: number, message: string): Outcome {
  return { error: { code, message } };
}

function response(id: RpcId, outcome: Outcome): RpcResponse {
  return { jsonrpc: "2.0", id, ...outcome };
}
