/**
 * The laboratory's NATs as the tests name them, what they do (README.md, "as measured"), and what two of them allow
 * (README.md, "Which pairs can punch").
 */

/** A NAT box as a topology describes it. */
export type Box = Readonly<Record<string, string | number | boolean>>;

/** RFC 4787's words, as `doctor` says them. */
export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** What a pair can come to: see {@link possible}. */
export type Way = "plain" | "local" | "prediction" | "birthday" | "relay" | "tcp";

/** How hard a NAT is to punch, from none to no UDP at all; README.md's columns. */
type Class = "open" | "cone" | "sequential" | "random" | "blocked";

export interface Behaviour {
  readonly name: string;
  /** From the host outwards; none for a public host. */
  readonly boxes: readonly Box[];
  readonly mapping: "none" | Dependence;
  readonly filtering: Dependence;
  readonly keepsPort: boolean | null;
}

const EIM = "endpoint-independent";
const ADM = "address-dependent";
const APDM = "address-and-port-dependent";
const CARRIER = { lan: "100.64.0.1/24" };

/** The 13 whose 91 pairs README.md tells of. */
export const BEHAVIOURS: readonly Behaviour[] = [
  { name: "public", boxes: [], mapping: "none", filtering: EIM, keepsPort: null },
  { name: "firewall", boxes: [{ type: "firewall" }], mapping: "none", filtering: APDM, keepsPort: null },
  { name: "full-cone", boxes: [{ type: "full-cone" }], mapping: EIM, filtering: EIM, keepsPort: false },
  { name: "restricted-cone", boxes: [{ type: "restricted-cone" }], mapping: EIM, filtering: ADM, keepsPort: false },
  { name: "port-restricted", boxes: [{ type: "port-restricted" }], mapping: EIM, filtering: APDM, keepsPort: false },
  { name: "linux", boxes: [{ type: "linux" }], mapping: EIM, filtering: APDM, keepsPort: true },
  { name: "apdm-eif", boxes: [{ mapping: "apdm", filtering: "eif" }], mapping: APDM, filtering: EIM, keepsPort: false },
  { name: "symmetric", boxes: [{ type: "symmetric" }], mapping: APDM, filtering: APDM, keepsPort: false },
  {
    name: "symmetric-sequential",
    boxes: [{ type: "symmetric", ports: "sequential" }],
    mapping: APDM,
    filtering: APDM,
    keepsPort: false,
  },
  { name: "linux-random", boxes: [{ type: "linux-random" }], mapping: APDM, filtering: APDM, keepsPort: false },
  {
    name: "cgnat",
    boxes: [{ type: "linux" }, { type: "port-restricted", hairpin: true, ...CARRIER }],
    mapping: EIM,
    filtering: APDM,
    keepsPort: false,
  },
  {
    name: "cgnat-symmetric",
    boxes: [{ type: "full-cone" }, { type: "symmetric", ...CARRIER }],
    mapping: APDM,
    filtering: APDM,
    keepsPort: false,
  },
  { name: "udp-blocked", boxes: [{ type: "udp-blocked" }], mapping: "none", filtering: APDM, keepsPort: null },
];

/** Others that only `doctor` is tried on. */
export const MORE_BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "port-restricted-preserve",
    boxes: [{ type: "port-restricted", ports: "preserve" }],
    mapping: EIM,
    filtering: APDM,
    keepsPort: true,
  },
  { name: "adm-adf", boxes: [{ mapping: "adm", filtering: "adf" }], mapping: ADM, filtering: ADM, keepsPort: false },
  {
    name: "eim-eif-sequential",
    boxes: [{ mapping: "eim", filtering: "eif", ports: "sequential" }],
    mapping: EIM,
    filtering: EIM,
    keepsPort: false,
  },
];

/** @throws Error for a name that is none */
export function behaviourOf(name: string): Behaviour {
  const found = [...BEHAVIOURS, ...MORE_BEHAVIOURS].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no such NAT: ${name}; there are ${BEHAVIOURS.map((each) => each.name).join(", ")}`);
  return found;
}

/**
 * The cheapest way in which two nodes behind these NATs can talk:
 * - `plain`: both send to the endpoint that S observed of the other, and answer to where datagrams really come from;
 * - `prediction`: they try the ports after that one;
 * - `birthday`: the side whose ports are random opens many sockets, the other guesses;
 * - `relay`: over S; `tcp`: over S, which one of them reaches by TCP only.
 */
export function possible(a: Behaviour, b: Behaviour): Way {
  const classes = [classOf(a), classOf(b)];
  if (classes.includes("blocked")) return "tcp";
  if (classes.includes("open") || classes.every((each) => each === "cone")) return "plain";
  if (classes.includes("random")) return classes.includes("cone") ? "birthday" : "relay";
  return "prediction";
}

function classOf({ boxes, mapping, filtering }: Behaviour): Class {
  if (boxes.some((box) => box.type === "udp-blocked")) return "blocked";
  const isEim = mapping === "none" || mapping === EIM;
  if (filtering === EIM || (isEim && filtering === ADM)) return "open";
  if (isEim) return "cone";
  return boxes.some((box) => box.ports === "sequential") ? "sequential" : "random";
}
