/** One way to be heard of and to hear on one interface: what `Lan` needs of the multicast and of mDNS. */
import type { Endpoint, InstanceId } from "../../wire/index.ts";
import type { LanInterface } from "./lan-interface.ts";

/** What a node says of itself to everybody on its network: nothing that is the same tomorrow. */
export interface Said {
  /** 16 hex digits, random; another one with each start and each network. */
  readonly tag: InstanceId;
  /** Of the node's listening socket. */
  readonly port: number;
}

export interface Heard {
  readonly tag: string;
  /** The port that was said, at the address that it came from: nobody can name an address here. */
  readonly endpoint: Endpoint;
}

export interface Beacon {
  /** Says that we are here. Whoever hears of us for the first time says the same of itself. */
  announce(said: Said): void;
  end(): void;
}

export interface BeaconHandlers {
  onHeard(heard: Heard): void;
  /** Somebody asks who is there. */
  onAsked(): void;
  /** The system refused something; the beacon goes on as well as it can. */
  onFault(code: string): void;
}

export interface BeaconKind {
  readonly name: "multicast" | "mdns";
  readonly families: readonly LanInterface["family"][];
  /** @throws what the system says when the socket cannot be opened */
  open(at: LanInterface, handlers: BeaconHandlers): Promise<Beacon>;
}

export function faultCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
