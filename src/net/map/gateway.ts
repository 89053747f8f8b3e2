/** Finds the gateway that leads out of this network, and this machine's address towards it, as each system tells. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Ip, parseIp, scopeOf } from "../../wire/index.ts";
import { localAddresses } from "../local-addresses.ts";
import type { Place } from "./map-protocol.ts";

/** Why there is nobody to ask. Stable; each has its line in cli.md. */
export type NoPlace =
  | "no-gateway" // no default route of IPv4, or none over a network that this machine has an address on
  | "not-needed"; // the address towards the gateway is a public one

const ROUTES_FILE = "/proc/net/route";
const RTF_UP = 1;
const RTF_GATEWAY = 2;
/** What the system's own program may take and say. */
const PROGRAM_MS = 2_000;
const PROGRAM_BYTES_MAX = 65_536;

const run = promisify(execFile);

/** @returns where to ask, or why nowhere. Never throws */
export async function findPlace(platform: NodeJS.Platform = process.platform): Promise<Place | NoPlace> {
  const gateway = await defaultGateway(platform).catch(() => null);
  return gateway === null ? "no-gateway" : placeOf(gateway, networkInterfaces());
}

/** Changes whenever the way out may have: cheap enough to be looked at every few seconds. */
export function surroundings(platform: NodeJS.Platform = process.platform): string {
  return platform === "linux" ? `${localAddresses()}\n${gatewayOfLinux(readRoutes())}` : localAddresses();
}

/** The machine's address on the gateway's own network; of several the one with the longest prefix. */
export function placeOf(gateway: Ip, interfaces: ReturnType<typeof networkInterfaces>): Place | NoPlace {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const [nearest] = all.filter((each) => isOnNetwork(gateway, each)).sort((a, b) => prefixOf(b) - prefixOf(a));
  const own = nearest === undefined ? null : parseIp(nearest.address);
  if (own === null || own === gateway) return "no-gateway";
  return scopeOf(own) === "private" ? { gateway, own } : "not-needed";
}

async function defaultGateway(platform: NodeJS.Platform): Promise<Ip | null> {
  switch (platform) {
    case "linux":
      return gatewayOfLinux(readRoutes());
    case "win32":
      return gatewayOfWindows(
        await said(join(process.env.SystemRoot ?? "C:\\Windows", "System32", "route.exe"), ["print", "-4", "0.0.0.0"]),
      );
    default:
      return gatewayOfBsd(await said("/sbin/route", ["-n", "get", "-inet", "default"]));
  }
}

function readRoutes(): string {
  try {
    return readFileSync(ROUTES_FILE, "utf8");
  } catch {
    return "";
  }
}

async function said(program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await run(program, words, { timeout: PROGRAM_MS, maxBuffer: PROGRAM_BYTES_MAX, windowsHide: true });
  return stdout;
}

/** Lines of interface, destination, gateway, flags, two counters, metric and mask, the addresses in hex of the machine's byte order. */
export function gatewayOfLinux(routes: string): Ip | null {
  let best: { gateway: Ip; metric: number } | null = null;
  for (const line of routes.split("\n")) {
    const [, destination, hex = "", flags = "", , , metric = "", mask] = line.trim().split(/\s+/);
    if (destination !== "00000000" || mask !== "00000000" || !/^[0-9A-F]{8}$/i.test(hex)) continue;
    if ((Number.parseInt(flags, 16) & (RTF_UP | RTF_GATEWAY)) !== (RTF_UP | RTF_GATEWAY)) continue;
    const gateway = parseIp([6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join("."));
    if (gateway !== null && (best === null || Number(metric) < best.metric)) best = { gateway, metric: Number(metric) };
  }
  return best?.gateway ?? null;
}

/** macOS and the BSDs: a line `gateway: 192.168.1.1`. */
export function gatewayOfBsd(text: string): Ip | null {
  return parseIp(/^\s*gateway:\s*(\S+)\s*$/m.exec(text)?.[1] ?? "");
}

/** Lines of destination, mask, gateway, interface and metric, under headings in the language of the machine. */
export function gatewayOfWindows(text: string): Ip | null {
  let best: { gateway: Ip; metric: number } | null = null;
  for (const [, shown = "", metric = ""] of text.matchAll(/^\s*0\.0\.0\.0\s+0\.0\.0\.0\s+(\S+)\s+\S+\s+(\d+)\s*$/gm)) {
    const gateway = parseIp(shown); // a word for a route of the link itself
    if (gateway !== null && (best === null || Number(metric) < best.metric)) best = { gateway, metric: Number(metric) };
  }
  return best?.gateway ?? null;
}

function isOnNetwork(ip: Ip, { family, address, netmask, internal }: NetworkInterfaceInfo): boolean {
  if (family !== "IPv4" || internal) return false;
  const mask = numberOf(netmask);
  return (numberOf(ip) & mask) >>> 0 === (numberOf(address) & mask) >>> 0;
}

function prefixOf({ netmask }: NetworkInterfaceInfo): number {
  return numberOf(netmask);
}

function numberOf(ip: string): number {
  return ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
