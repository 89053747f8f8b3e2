/** What came of asking the gateway for a port, in words. */
import type { Diagnosis } from "../../app/api.ts";
import { span } from "./span.ts";

type Mapping = NonNullable<Diagnosis["mapping"]>;
type Port = Mapping["ports"][number];

const REASONS: Record<NonNullable<Mapping["reason"]>, string> = {
  "no-gateway": "this network has no gateway that could be asked",
  "not-needed": "this machine has a public address",
  "gateway-silent": "the router answers no way to ask it. Many have a switch for UPnP or NAT-PMP",
  "gateway-refused": "the router refuses. Allow port mapping (UPnP, NAT-PMP or PCP) in it",
  "gateway-nonsense": "what the router answers cannot be understood",
  "private-outer": "the router has no public address itself: it is behind another NAT, perhaps its provider's",
};

/** In one line: the ports that are open, or why none is. */
export function mappingWords(mapping: Diagnosis["mapping"]): string {
  if (mapping === null) return "not asked for";
  const tried = Object.entries(mapping.tried).map(([kind, { reason, code }]) => `${kind} ${reason}${code === null ? "" : ` ${code}`}`);
  const trials = tried.length === 0 ? "" : ` (${tried.join(", ")})`;
  if (mapping.ports.length > 0) return mapping.ports.map(portWords).join(", ") + trials;
  if (mapping.reason === null) return "the router is being asked";
  return `none, ${mapping.reason}: ${REASONS[mapping.reason]}${trials}`;
}

function portWords({ transport, by, outside, leftS }: Port): string {
  return `${transport} ${outside} by ${by}, ${leftS === null ? "until taken back" : `for ${span(leftS * 1_000)}`}`;
}
