/** What `doctor` found out, in plain sentences, and what to do about it. */
import type { Diagnosis, Finding } from "../../app/api.ts";
import { failureWords } from "./connect-words.ts";
import type { ConnectFailure, LifetimeStep, TcpFailure } from "./door.ts";
import { isRefusal, refusalWords } from "./refusal-words.ts";
import { safeText } from "./safe-text.ts";
import { span } from "./span.ts";
import { storeRemedy } from "./store-words.ts";

type Nat = Diagnosis["nat"];
type Outcome = Diagnosis["vain"][number]["outcome"];

/** One sentence for each finding: what is, and what to do. */
export function findingWords(finding: Finding, { udp, tcp, unresolved, clock, store, lan }: Diagnosis): string {
  const port = udp.slice(udp.lastIndexOf(":") + 1);
  switch (finding) {
    case "store-failed":
      return `Nothing new is kept (${store.code ?? "unknown"}). ${storeRemedy(store.code)}.`;
    case "no-network":
      return "This machine has no network address: plug in a cable or join a Wi-Fi.";
    case "sends-blocked":
      return "The system refuses to send: a firewall of this machine blocks ptpchat. Allow it UDP in both directions.";
    case "udp-blocked":
      return `Nothing comes over UDP here, so peers are reached over TCP. That works, and everybody else is reached over those. Allow UDP port ${port} in both directions, or try another network, to reach them directly.`;
    case "tcp-peers":
      return "Some peers are reached over TCP only: UDP does not get through between you and them. That works, and is slower where packets are lost.";
    case "tcp-not-bound":
      return `Others cannot come to this node over TCP (${tcp.fault ?? "unknown"}): end what uses TCP port ${port}, or choose another with --listen.`;
    case "proxy-failed":
      return "The proxy does not let connections through: check --proxy, its name and password, and that it allows CONNECT to other ports than 443.";
    case "unresolved-names":
      return `No address is known for ${unresolved.map(safeText).join(", ")}: check the spelling, and that names resolve here.`;
    case "nothing-arrives":
      return "Something was sent and nothing ever came back: a firewall, or a network without UDP. Try another network, or ask whoever runs it.";
    case "nobody-reached":
      return "Nobody is reached. On one network nodes find each other; elsewhere name one with --peer HOST:PORT, or ptpchat connect.";
    case "clock-wrong":
      return `This machine's clock is ${span(Math.abs(clock.behindMs ?? 0))} ${(clock.behindMs ?? 0) > 0 ? "behind" : "ahead of"} those of the others: set it.`;
    case "nat-unknown":
      return "What the router does cannot be told: that needs a session with a node at a public address (a rendezvous, say), and two of them tell it all.";
    case "open":
      return "Anybody can reach this node directly. It could serve as a rendezvous.";
    case "firewalled":
      return `There is no NAT, but only answers are let in: others reach you when your node calls first, or once UDP port ${port} is opened in the firewall.`;
    case "nat-friendly":
      return "The router shows everybody the same port: a direct way to most others comes about by itself, introduced by a peer of both.";
    case "nat-hard":
      return `The router shows each peer another port: with others behind such routers you talk over a third. Forward UDP port ${port} to this machine, or use IPv6, to be reached directly.`;
    case "no-ipv6":
      return "There is no public IPv6 here: with it there would be no NAT in the way.";
    case "lan-failed":
      return `Nodes on the same network may not be found: the system refused it (${Object.keys(lan?.faults ?? {}).join(", ") || "unknown"}).`;
    case "relayed-peers":
      return "Some peers are reached over a third only. That works, and is slower; ptpchat doctor PEER shows what was tried.";
  }
}

/** The NAT in one line: `mapping endpoint-independent, filtering address-dependent, port kept`. */
export function natWords({ mapping, filtering, keepsPort, reason }: Nat): string {
  const port = keepsPort === null ? [] : [keepsPort ? "the port is kept" : "the port is changed"];
  const why = reason === null ? [] : [`(${reason})`];
  const map = mapping === "none" ? "no NAT" : `mapping ${mapping}`;
  return [[map, `filtering ${filtering}`, ...port].join(", "), ...why].join(" ");
}

/** `between 25 and 40 s`. */
export function lifetimeWords({ atLeastS, belowS, reason }: NonNullable<Diagnosis["lifetime"]>): string {
  const why = reason === null ? "" : ` (${reason})`;
  if (atLeastS !== null && belowS !== null) return `between ${atLeastS} and ${belowS} s${why}`;
  if (atLeastS !== null) return `at least ${atLeastS} s${why}`;
  return belowS === null ? `unknown${why}` : `below ${belowS} s${why}`;
}

/** What of it was found out by now. */
export function lifetimeStepWords(step: Exclude<LifetimeStep, { readonly step: "done" }>): string {
  if (step.step === "tried") return `  after ${step.silentS} s of silence a mapping is ${step.through ? "still there" : "gone"}`;
  return `How long does the router keep a mapping? ${step.sockets} sockets are silent now; that is known in ${step.mostS} s at the latest.`;
}

/** IPv6 in one line: whether there is a public address, and where others see it. */
export function ipv6Words({ families, ipv6, ipv6Seen }: Pick<Diagnosis, "families" | "ipv6" | "ipv6Seen">): string {
  if (families === "ipv4") return "the node does not listen on it";
  const seen = ipv6Seen.length === 0 ? "no neighbour over IPv6 says where it sees it" : `seen from outside at ${ipv6Seen.join(", ")}`;
  return ipv6 || ipv6Seen.length > 0 ? `${ipv6 ? "a public address" : "no public address"}, ${seen}` : "no public address";
}

/** How a trial ended: `ok`, or the code and what to do. */
export function outcomeWords(outcome: Outcome): string {
  if (outcome === "ok") return "ok";
  if (outcome === "seed-only") return "seed-only: it knows only the original protocol, so nothing is encrypted";
  if (isRefusal(outcome)) return refusalWords(outcome);
  if (isTcpFailure(outcome)) return `${outcome}: ${TCP_FAILURES[outcome]}`;
  return failureWords(outcome as ConnectFailure);
}

const TCP_FAILURES: Readonly<Record<TcpFailure, string>> = {
  "tcp-refused": "nobody takes TCP connections there. Is the other side running, and its TCP port open?",
  "tcp-unreachable": "there is no way to that address",
  "tcp-silent": "no answer over TCP. A firewall swallows it: try another network, or a proxy (--proxy)",
  "tcp-failed": "the system refused a TCP connection",
  "tcp-ended": "the other side took the TCP connection and hung up: it is full, or no node of this program",
  "proxy-unreachable": "the proxy is not reached. Check its address and port (--proxy)",
  "proxy-refused": "the proxy does not connect to there: it allows certain ports or addresses only",
  "proxy-credentials": "the proxy wants a name and password, or others: --proxy socks5://USER:PASSWORD@HOST:PORT",
  "proxy-bad-answer": "what answers is no proxy of that kind. Check socks5:// or http://, and the port",
};

function isTcpFailure(outcome: Outcome): outcome is TcpFailure {
  return Object.hasOwn(TCP_FAILURES, outcome);
}

const V4 = /\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b/g;
const V6 = /\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,}(?:%\w+)?/gi;

/** Addresses of which only the network shows: `203.0.x.x`, `2001:db8::x`; ports stay, since they tell of NATs and of nobody. */
export function shortened(text: string): string {
  return text.replace(V4, "$1.x.x").replace(V6, (ip) => `${ip.split("::", 1)[0]?.split(":").slice(0, 2).join(":")}::x`);
}
