/** Tells by a gateway's own clock whether it has forgotten its mappings. RFC 6887 §8.5, RFC 6886 §3.6. */

/** Seconds that the two clocks may differ in any case. */
const SLACK_S = 2;
/** The part that they may run apart. */
const DRIFT = 1 / 16;

export class EpochWatch {
  #last: { readonly epochS: number; readonly at: number } | null = null;

  /**
   * @param at - monotonic ms
   * @returns true when the gateway was started anew since it was last heard
   */
  take(epochS: number, at: number): boolean {
    const last = this.#last;
    this.#last = { epochS, at };
    if (last === null) return false;
    const theirs = epochS - last.epochS;
    const ours = (at - last.at) / 1_000;
    if (theirs < -1) return true;
    return ours + SLACK_S < theirs - theirs * DRIFT || theirs + SLACK_S < ours - ours * DRIFT;
  }
}
