/** CONNECT in words: what each step was, and what to do about each way to fail. */
import type { Connected } from "../../app/api.ts";
import type { ConnectFailure, ConnectStep, PathKind } from "./door.ts";
import { isRefusal, refusalWords } from "./refusal-words.ts";
import { safeText } from "./safe-text.ts";

/** One step as a person reads it. */
export function stepWords(step: ConnectStep): string {
  switch (step.step) {
    case "hello":
      return `said HELLO to ${step.to}`;
    case "socket":
      return `opened port ${step.port} to be reached at`;
    case "asked":
      return `asked ${step.via} to introduce us to ${step.dst}`;
    case "answered":
      return `${step.via} answered: ${step.dst} waits for us`;
    case "probing":
      return `saying HELLO to ${step.to}, through both NATs`;
    case "offered":
      return `told the node over ${step.via} where we may be reached${step.way === "guess" ? ", and what our NAT does" : ""}: ${placesWords(step.candidates)}`;
    case "accepted":
      return `it may be reached at ${placesWords(step.candidates)}; both of us try`;
    case "guessing":
      return `guessing ports near ${step.to}: ${step.probes} from ${step.sockets} ${step.sockets === 1 ? "socket" : "sockets"}`;
    case "direct":
      return `heard from ${step.peer}: the path is ${pathWords(step.path)}`;
    case "failed":
      return `failed: ${failureWords(step.reason)}`;
  }
}

function placesWords(places: readonly string[]): string {
  return places.length === 0 ? "no place that we know of" : places.join(", ");
}

/** How a path came about. */
export function pathWords(path: PathKind): string {
  return { direct: "direct", punched: "direct, through punched NATs", tcp: "direct, over TCP", relay: "over a relay" }[path];
}

const FAILURES: Record<ConnectFailure, string> = {
  "no-via": "nobody could introduce you. Name a peer that both of you are connected to: --via HOST:PORT",
  "via-silent":
    "the introducer did not answer: it is gone, knows no such peer, or the peer did not answer it. Is the other side running, and connected to the same introducer?",
  "far-silent":
    "nothing was heard from the other side: one of the two NATs cannot be punched. Use a peer that both can reach, or forward a UDP port at one side",
  "no-answer": "a HELLO was not answered. Check the address and port, and that a firewall lets UDP through",
  scope: "the address that was offered may not be reached from here (a private or local one of another network)",
  "no-socket": "the system gave no further socket. Close other programs, or raise the limit on open files",
  busy: "too many attempts at once, here or at the other side. Wait a few seconds and try again; it goes over a relay meanwhile",
  "no-helper":
    "nobody beyond the NATs could say what they do with ports. Connect both sides to a node at a public address; it goes over a relay meanwhile",
  "no-guess":
    "one of the NATs has no fixed port, and guessing is done for contacts and members of a common channel only. Give the node a name (`contact add`), at both sides; it goes over a relay meanwhile",
  "path-policy": "you let that contact be reached by other paths only. ptpchat contact policy NAME direct lets it be reached by all",
  "nats-random":
    "both NATs give every destination another port, and at least one of them any port, so none can be known or guessed. Forward a UDP port at one side, or use IPv6; it goes over a relay meanwhile",
};

/** Why CONNECT failed and what to do, with the stable code. */
export function failureWords(reason: ConnectFailure): string {
  return `${reason}: ${FAILURES[reason]}`;
}

/** Whom the path leads to, and whether what is said over it is encrypted; lines as they are shown. */
export function connectedLines({ peer, path, ms, nodeId, name, refused }: Connected): string[] {
  const who = nodeId === null ? `?${safeText(peer)}` : `${safeText(name)} at ${safeText(peer)}`;
  const lines = [`connected to ${who}: ${pathWords(path)}, ${nodeId === null ? "NOT encrypted" : "encrypted"}, in ${Math.round(ms)} ms`];
  if (refused !== null && nodeId === null) lines.push(`no session came about. ${refusalWords(refused)}`);
  return lines;
}

/** What is said of configured peers whose names have no address. */
export function unresolvedWords(names: readonly string[]): string {
  const [do_, their] = names.length === 1 ? ["does", "its"] : ["do", "their"];
  return `${names.join(", ")} ${do_} not resolve to an address: check ${their} spelling and your network; it is tried again every 30 s`;
}

/** Why no path came about, for an error whose reason came as text over the node's socket; null for all others, which say it in their message. */
export function reasonWords({ code, reason }: { readonly code: string; readonly reason: string | null }): string | null {
  if (code !== "not-connected" || reason === null) return null;
  if (isRefusal(reason)) return refusalWords(reason);
  return Object.hasOwn(FAILURES, reason) ? failureWords(reason as ConnectFailure) : null;
}
