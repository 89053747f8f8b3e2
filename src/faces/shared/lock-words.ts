/** When a lock would lock nothing. */
import { ApiError, type Status } from "../../app/api.ts";

/** @throws ApiError `not-protected` when whoever is at this account could open the keys again without being asked */
export function refuseToLock({ keyProtection }: Status): void {
  if (keyProtection === "passphrase") return;
  throw new ApiError(
    "not-protected",
    "the keys are under no passphrase, so a lock would keep nobody out: end the node (ptpchat stop), then set one (ptpchat passphrase)",
  );
}
