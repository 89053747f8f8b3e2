/** `ptpchat doctor`: what keeps the node from reaching others, and what to do. */
import { randomInt } from "node:crypto";
import type { Diagnosis } from "../../../app/api.ts";
import { findingWords, ipv6Words, lifetimeStepWords, lifetimeWords, natWords, outcomeWords, shortened } from "../../shared/doctor-words.ts";
import type { Door } from "../../shared/door.ts";
import { mappingWords } from "../../shared/mapping-words.ts";
import { safeText } from "../../shared/safe-text.ts";
import { roundTrip, span } from "../../shared/span.ts";
import type { Call } from "../call.ts";
import { diagnosisJson } from "../doctor-json.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { pairs } from "../table.ts";
import { tcpWords } from "../words.ts";

/** As in `connect`. */
const REF_MAX = 2 ** 47;

type Peer = Diagnosis["peers"][number];
type Trial = Diagnosis["vain"][number];
type Way = Peer["ways"][number];

export async function run(call: Call): Promise<ExitCode> {
  const [peer] = call.given.words;
  if (!call.json) call.say("Asking the neighbours, which takes some seconds...");
  const diagnosis = await call.withNode((door) => diagnosed(call, door, peer));
  if (call.json) call.printJson(diagnosisJson(diagnosis));
  else if (call.given.flag("report")) call.print(report(diagnosis));
  else call.print(words(diagnosis, peer !== undefined));
  return EXIT.done;
}

async function diagnosed(call: Call, { api, subscribe }: Door, peer: string | undefined): Promise<Diagnosis> {
  const request = peer === undefined ? {} : { peer };
  if (!call.given.flag("lifetime")) return api.doctor(request);
  const ref = randomInt(1, REF_MAX);
  subscribe((event) => {
    if (event.type === "lifetime" && event.ref === ref && event.step.step !== "done" && !call.json) call.say(lifetimeStepWords(event.step));
  });
  return api.doctor({ ...request, lifetime: true, ref });
}

function words(diagnosis: Diagnosis, one: boolean): string {
  const { findings, peers, vain } = diagnosis;
  const people = peers.filter(({ live }) => one || live).map((peer) => peerLines(peer, safeText(peer.name), (text) => text));
  const tried = vain.map((trial) => `  ${trialWords(trial)}`);
  return [
    ...findings.map((finding) => `* ${findingWords(finding, diagnosis)}`),
    "",
    pairs(facts(diagnosis)),
    ...people.flat(),
    ...(tried.length === 0 ? [] : ["tried in vain", ...tried]),
  ].join("\n");
}

/** To paste where others read it: who is who, and where exactly, is left out. */
function report(diagnosis: Diagnosis): string {
  const { findings, peers, vain } = diagnosis;
  const people = peers.flatMap((peer, at) => peerLines(peer, `peer ${at + 1}`, shortened));
  const lines = [
    `ptpchat ${diagnosis.version}, ${diagnosis.platform}`,
    `findings: ${findings.join(", ") || "none"}`,
    ...facts({ ...diagnosis, unresolved: [] }).map(([name, value]) => `${name}: ${value}`),
    ...people,
    ...vain.map((trial) => `tried in vain: ${trialWords(trial)}`),
  ];
  return lines.map(shortened).join("\n");
}

function facts({
  udp,
  tcp,
  addresses,
  families,
  ipv6,
  ipv6Seen,
  nat,
  lifetime,
  lan,
  mapping,
  socketErrors,
  store,
  clock,
  datagrams,
  uptimeMs,
  role,
}: Diagnosis): [string, string][] {
  const seen = nat.helpers.flatMap(({ seen: place }) => (place === null ? [] : [place]));
  return [
    ["NAT", natWords(nat)],
    ...(lifetime === null ? [] : [["mapping lifetime", lifetimeWords(lifetime)] as [string, string]]),
    ["seen from outside", seen.length === 0 ? "by nobody" : [...new Set(seen)].join(", ")],
    ["listens on", `udp ${udp}, ${tcpWords({ ...tcp, proxy: tcp.proxy?.split(":", 1)[0] ?? null })}`],
    ["addresses", addresses.map(({ ip }) => ip).join(", ") || "none"],
    ["IPv6", ipv6Words({ families, ipv6, ipv6Seen })],
    ["same network", lanWords(lan)],
    ["mapped ports", mappingWords(mapping)],
    ["clock", clock.behindMs === null ? "nobody to compare with" : `${span(Math.abs(clock.behindMs))} off, by ${clock.sessions} others`],
    ["store", store.state === "ok" ? "ok" : `failed (${store.code ?? "unknown"})`],
    ["datagrams", `${datagrams.in} in, ${datagrams.out} out, up ${span(uptimeMs)}, ${role}`],
    ["refused", counts(socketErrors)],
  ];
}

function lanWords(lan: Diagnosis["lan"]): string {
  if (lan === null) return "not looked at";
  const at = lan.at.map(({ name, by }) => `${name} by ${by.join(" and ") || "nothing"}`).join(", ");
  return `${lan.heard} heard of, on ${at || "no interface"}${Object.keys(lan.faults).length === 0 ? "" : `; refused: ${counts(lan.faults)}`}`;
}

function peerLines({ kind, live, found, rttMs, ways, candidates, trials }: Peer, name: string, place: (text: string) => string): string[] {
  const rtt = rttMs === null ? "" : `, ${roundTrip(rttMs)}`;
  return [
    `${name}: ${kind}, ${live ? "live" : "silent"}, ${found}${rtt}`,
    ...ways.map((way) => `  way    ${place(wayWords(way))}`),
    ...candidates.map((endpoint) => `  trying ${place(endpoint)}`),
    ...trials.map((trial) => `  tried  ${place(trialWords(trial))}`),
  ];
}

function wayWords({ endpoint, path, via, inUse, live, suspect, heardMsAgo }: Way): string {
  const over = via === null ? "" : ` over ${via}`;
  const heard = heardMsAgo === null ? "never heard" : `heard ${span(heardMsAgo)} ago`;
  const marks = [...(inUse ? ["in use"] : []), ...(live ? [] : ["silent"]), ...(suspect ? ["does not answer"] : []), heard];
  return `${path} ${endpoint}${over}: ${marks.join(", ")}`;
}

function trialWords({ kind, endpoint, via, endedMsAgo, tookMs, outcome }: Trial): string {
  const over = via === null ? "" : ` over ${via}`;
  return `${kind} ${endpoint}${over}, ${span(endedMsAgo)} ago, ${span(tookMs)}: ${outcomeWords(outcome)}`;
}

function counts(of: Readonly<Record<string, number>>): string {
  return (
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "nothing"
  );
}
