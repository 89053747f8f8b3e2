/** A mailbox that lies: it runs the real core, and its disk keeps something else than that gave it to keep. */
import type { Output } from "../../core/index.ts";
import type { Random } from "../random.ts";

/**
 * - `drops`: says that it keeps what it throws away.
 * - `damages`: changes what it keeps.
 */
export const LIES = ["drops", "damages"] as const;
export type Lie = (typeof LIES)[number];

/** Of the parcels that it lies about. */
const SHARE = 0.5;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function lying(lie: Lie, random: Random): (output: Output) => Output[] {
  return (output) => {
    if (output.kind !== "save") return [output];
    const changes = output.changes.flatMap((change) => {
      if (change.kind !== "parcel" || !random.chance(SHARE)) return [change];
      return lie === "drops" ? [] : [{ ...change, parcel: { ...change.parcel, parcel: damaged(change.parcel.parcel, random) } }];
    });
    return [{ ...output, changes }];
  };
}

function damaged(parcel: string, random: Random): string {
  const at = random.below(parcel.length - 4); // behind it there may be padding
  return parcel.slice(0, at) + DIGITS[random.below(DIGITS.length)] + parcel.slice(at + 1);
}
