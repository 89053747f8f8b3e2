/**
 * What two places allow, told from what their boxes do and from nothing that a node says: the table of the NAT laboratory
 * (test/natlab/README.md "Which pairs can punch").
 */
import type { BoxRules } from "../behaviour.ts";
import type { Site } from "../internet.ts";
import type { Filtering } from "../nat.ts";

/** `direct`: by plain probes of what a third node observed. `hard`: a relay; guessing ports may do better. `none`: no UDP at all. */
export type Reachability = "direct" | "hard" | "none";

/** A place as the others meet it over IPv4. */
interface Outside {
  readonly blocked: boolean;
  /** Others know where it sends from before it sends to them: what S observed holds for everybody. */
  readonly foreseen: boolean;
  readonly filtering: Filtering;
}

const STRICTNESS: readonly Filtering[] = ["eif", "adf", "apdf"];

/** Where a host is, and whether it speaks IPv6 there. */
export interface Whereabouts {
  readonly site: Site;
  readonly v6: boolean;
}

/** What two hosts can come to. */
export function reachability(one: Whereabouts, other: Whereabouts): Reachability {
  if (one.site.network === other.site.network && one.site.boxes.length > 0) return "direct";
  if (one.v6 && other.v6) return "direct"; // a firewall opens to whoever was sent to
  const [a, b] = [outsideOf(one.site.rules), outsideOf(other.site.rules)];
  if (a.blocked || b.blocked) return "none";
  return comesIn(a, b) || comesIn(b, a) ? "direct" : "hard";
}

/** Whether a probe of `from` comes in at `to`, which has probed what S observed of `from`: the other then answers to where it came from. */
function comesIn(from: Outside, to: Outside): boolean {
  switch (to.filtering) {
    case "eif":
      return true;
    case "adf":
      return to.foreseen;
    case "apdf":
      return to.foreseen && from.foreseen;
  }
}

/** A chain of boxes is as strict as the strictest of them. */
function outsideOf(rules: readonly BoxRules[]): Outside {
  const boxes = rules.map(boxOutside);
  return {
    blocked: boxes.some(({ blocked }) => blocked),
    foreseen: boxes.every(({ foreseen }) => foreseen),
    filtering: STRICTNESS[Math.max(0, ...boxes.map(({ filtering }) => STRICTNESS.indexOf(filtering)))] ?? "apdf",
  };
}

function boxOutside({ type, mapping, filtering }: BoxRules): Outside {
  switch (type) {
    case "nat":
      return { blocked: false, foreseen: (mapping ?? "eim") === "eim", filtering: filtering ?? "apdf" };
    case "linux":
    case "firewall":
      return { blocked: false, foreseen: true, filtering: "apdf" };
    case "linux-random":
    case "linux-open": // a stray that comes first gives it another port
      return { blocked: false, foreseen: false, filtering: "apdf" };
    case "udp-blocked":
      return { blocked: true, foreseen: false, filtering: "apdf" };
  }
}
