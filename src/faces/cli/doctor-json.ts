/** What `doctor --json` prints; names as in docs/cli.md. */
import type { Diagnosis } from "../../app/api.ts";
import { findingWords } from "../shared/doctor-words.ts";
import { tcpJson } from "./json-views.ts";

export function diagnosisJson(diagnosis: Diagnosis): object {
  const {
    version,
    platform,
    uptimeMs,
    role,
    udp,
    tcp,
    addresses,
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
  } = diagnosis;
  return {
    findings: diagnosis.findings.map((finding) => ({ code: finding, text: findingWords(finding, diagnosis) })),
    nat: {
      mapping: nat.mapping,
      filtering: nat.filtering,
      keeps_port: nat.keepsPort,
      reason: nat.reason,
      helpers: nat.helpers.map(({ peer, endpoint, seen }) => ({ node_id: peer, endpoint, seen })),
      lifetime: lifetime === null ? null : { at_least_s: lifetime.atLeastS, below_s: lifetime.belowS, reason: lifetime.reason },
    },
    version,
    platform,
    uptime_ms: uptimeMs,
    role,
    udp,
    tcp: tcpJson(tcp),
    addresses,
    ipv6,
    ipv6_seen: ipv6Seen,
    lan: lan === null ? null : { at: lan.at, heard: lan.heard, faults: lan.faults },
    mapping: mapping === null ? null : mappingJson(mapping),
    clock: { sessions: clock.sessions, behind_ms: clock.behindMs },
    store,
    datagrams,
    socket_errors: socketErrors,
    unresolved: diagnosis.unresolved,
    peers: diagnosis.peers.map(peerJson),
    vain: diagnosis.vain.map(trialJson),
  };
}

function mappingJson({ gateway, ports, reason, tried, failures, restarts }: NonNullable<Diagnosis["mapping"]>): object {
  return {
    gateway,
    ports: ports.map(({ transport, by, outside, lifetimeS, leftS }) => ({ transport, by, outside, lifetime_s: lifetimeS, left_s: leftS })),
    reason,
    tried,
    failures,
    restarts,
  };
}

function peerJson({ id, kind, name, live, found, rttMs, ways, candidates, trials }: Diagnosis["peers"][number]): object {
  return {
    id,
    kind,
    name,
    live,
    found,
    rtt_ms: rttMs,
    ways: ways.map(({ endpoint, path, via, inUse, live: heard, proven, suspect, heardMsAgo }) => ({
      endpoint,
      path,
      via,
      in_use: inUse,
      live: heard,
      proven,
      suspect,
      heard_ms_ago: heardMsAgo,
    })),
    candidates,
    trials: trials.map(trialJson),
  };
}

function trialJson({ kind, endpoint, via, endedMsAgo, tookMs, outcome }: Diagnosis["vain"][number]): object {
  return { kind, endpoint, via, ended_ms_ago: endedMsAgo, took_ms: tookMs, outcome };
}
