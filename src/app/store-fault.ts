/** What the store says, in the words of the door. */
import { StoreError, type StoreErrorCode } from "../core/index.ts";
import { ApiError, type ApiErrorCode } from "./api.ts";

const CODES: Partial<Record<StoreErrorCode, ApiErrorCode>> = {
  "too-new": "store-too-new",
  damaged: "store-damaged",
  "wrong-key": "store-damaged",
  unreadable: "home-unreadable",
  closed: "stopping",
};

/** Names a fault of the store; any other error comes back as it is. */
export function storeFault(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  return new ApiError(CODES[error.code] ?? "store-failed", error.message, error.code);
}

/** The stable code of what ended a write. */
export function storeCode(error: unknown): string {
  return error instanceof StoreError ? error.code : "io-error";
}
