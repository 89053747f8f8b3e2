/**
 * JSON-RPC 2.0 as it travels on the node's socket: one JSON value a line, in UTF-8. Commands are methods with the
 * request as `params`; events are notifications `event`. cli.md "The socket".
 */
import { ApiError, type ApiErrorCode } from "./api.ts";

export type RpcId = string | number | null;

export interface RpcRequest {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: unknown;
  /** Absent in a notification, which is not answered. */
  readonly id?: RpcId;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly code: ApiErrorCode; readonly reason: string | null };
}

export type RpcResponse = { readonly jsonrpc: "2.0"; readonly id: RpcId } & ({ readonly result: unknown } | { readonly error: RpcError });

/** Codes of the JSON-RPC 2.0 specification, section 5.1, and ours for every ApiError. */
export const RPC_CODE = {
  parse: -32_700,
  invalidRequest: -32_600,
  noMethod: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  api: -32_000,
} as const;

/** UTF-16 units of one line: more than any request, and a history of 1,000 long texts as well. */
export const LINE_MAX = 16 * 1_024 * 1_024;

export function errorOf(error: ApiError): RpcError {
  return { code: RPC_CODE.api, message: error.message, data: { code: error.code, reason: error.reason } };
}

/** The error that the other side threw. */
export function apiErrorOf({ message, data }: RpcError): ApiError {
  return new ApiError(data?.code ?? "internal", message, data?.reason ?? null);
}

/** Cuts a stream of text into lines. */
export class LineCutter {
  #rest = "";

  /** @returns the lines that are whole now, or null when one is longer than LINE_MAX */
  take(text: string): string[] | null {
    const lines = text.split("\n");
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    return this.#rest.length > LINE_MAX || lines.some((line) => line.length > LINE_MAX) ? null : lines;
  }
}
