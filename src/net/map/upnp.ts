/** UPnP's Internet Gateway Device, versions 1 and 2, as far as a mapped port needs it: WANIPConnection:1, §2.4.16 to §2.4.18. */
import { endpoint, type Ip, parseIp } from "../../wire/index.ts";
import { type Reply, request } from "./http.ts";
import { type Granted, isRefused, type MapProtocol, type Place, type Refused, refused, type Wanted } from "./map-protocol.ts";
import { search, urlAt } from "./ssdp.ts";
import { type Leaf, leavesOf } from "./xml.ts";

/** Those that can map ports, the best first. */
const SERVICES = [
  "urn:schemas-upnp-org:service:WANIPConnection:2",
  "urn:schemas-upnp-org:service:WANIPConnection:1",
  "urn:schemas-upnp-org:service:WANPPPConnection:1",
] as const;

/** Errors of UPnP that are no refusal. */
const TAKEN = 718;
const PERMANENT_ONLY = 725;
/** Outside ports that are tried where the one that was asked for is somebody else's. */
const PORTS_TRIED = 4;
const OUTSIDE_PORT_MIN = 1_024;
/** Of a version-2 gateway; it may give less than was asked for, and says so nowhere. */
const DESCRIPTION = "ptpchat";

/** Where a gateway takes orders, and as what. */
export interface Control {
  readonly url: URL;
  readonly service: (typeof SERVICES)[number];
}

type Said = { readonly leaves: readonly Leaf[] } | Refused;

export class Upnp implements MapProtocol {
  readonly kind = "upnp";
  readonly #random: (length: number) => Uint8Array;
  #control: Control | null = null;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  async map(place: Place, wanted: Wanted): Promise<Granted | Refused> {
    const control = this.#control ?? (await findControl(place));
    if (isFailure(control)) return control;
    this.#control = control;
    const granted = await this.#add(place, control, wanted);
    if (isRefused(granted)) this.#control = null; // looked for anew: a gateway that was started again is elsewhere
    return granted;
  }

  async unmap(place: Place, { transport, outsidePort }: Wanted): Promise<void> {
    if (this.#control === null) return;
    const words = { NewRemoteHost: "", NewExternalPort: outsidePort, NewProtocol: transport.toUpperCase() };
    await order(place, this.#control, "DeletePortMapping", words);
  }

  async #add(place: Place, control: Control, wanted: Wanted): Promise<Granted | Refused> {
    const address = await outsideAddress(place, control);
    if (isFailure(address)) return address;
    let { outsidePort, lifetimeS } = wanted;
    let answer: Said = refused("gateway-refused", TAKEN);
    for (let tried = 0; tried < PORTS_TRIED; tried++) {
      answer = await order(place, control, "AddPortMapping", {
        NewRemoteHost: "",
        NewExternalPort: outsidePort,
        NewProtocol: wanted.transport.toUpperCase(),
        NewInternalPort: wanted.port,
        NewInternalClient: place.own,
        NewEnabled: 1,
        NewPortMappingDescription: DESCRIPTION,
        NewLeaseDuration: lifetimeS,
      });
      if (!isFailure(answer)) return { outside: endpoint(address, outsidePort), lifetimeS, epochS: null };
      if (answer.code === PERMANENT_ONLY && lifetimeS > 0) lifetimeS = 0;
      else if (answer.code === TAKEN) outsidePort = this.#anyPort();
      else return answer;
    }
    return answer;
  }

  #anyPort(): number {
    const [high = 0, low = 0] = this.#random(2);
    return OUTSIDE_PORT_MIN + (((high << 8) | low) % (65_536 - OUTSIDE_PORT_MIN));
  }
}

async function findControl(place: Place): Promise<Control | Refused> {
  const location = await search(place);
  if (isFailure(location)) return location;
  const reply = bodyOf(await request(place, location, "GET", {}));
  return typeof reply === "string" ? (readControl(reply, location) ?? refused("gateway-nonsense")) : reply;
}

/**
 * What in a description takes orders for the outside connection.
 * @param location - where the description was; the orders go to the same port of the same host, or nowhere
 */
export function readControl(description: string, location: URL): Control | null {
  const leaves = leavesOf(description) ?? [];
  for (const service of SERVICES) {
    const found = leaves.find(({ name, text }) => name === "serviceType" && text === service);
    const control = found && leaves.find(({ name, within }) => name === "controlURL" && within === found.within);
    const url = control === undefined ? null : urlAt(control.text, location.hostname, location);
    if (url !== null) return { url, service };
  }
  return null;
}

async function outsideAddress(place: Place, control: Control): Promise<Ip | Refused> {
  const said = await order(place, control, "GetExternalIPAddress", {});
  if (isFailure(said)) return said;
  const ip = parseIp(said.leaves.find(({ name }) => name === "NewExternalIPAddress")?.text ?? "");
  return ip === null || ip.includes(":") ? refused("gateway-nonsense") : ip;
}

/** One action by SOAP. Everything in it is ours, or one of {@link SERVICES}. */
async function order(
  place: Place,
  { url, service }: Control,
  action: string,
  words: Readonly<Record<string, string | number>>,
): Promise<Said> {
  const fields = Object.entries(words).map(([name, value]) => `<${name}>${value}</${name}>`);
  const body =
    '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${service}">${fields.join("")}</u:${action}></s:Body></s:Envelope>\r\n`;
  const headers = { "Content-Type": 'text/xml; charset="utf-8"', SOAPAction: `"${service}#${action}"` };
  const reply = bodyOf(await request(place, url, "POST", headers, body));
  if (typeof reply !== "string") return reply;
  const leaves = leavesOf(reply);
  return leaves === null ? refused("gateway-nonsense") : { leaves };
}

/** The body of an answer that says yes; of one that says no its error. */
function bodyOf(reply: Reply | "too-long" | null): string | Refused {
  if (reply === null) return refused("gateway-silent");
  if (reply === "too-long") return refused("gateway-nonsense");
  if (reply.status === 200) return reply.body;
  const code = Number(leavesOf(reply.body)?.find(({ name }) => name === "errorCode")?.text);
  if (reply.status !== 500 || !Number.isSafeInteger(code)) return refused("gateway-nonsense");
  return refused("gateway-refused", code);
}

function isFailure<T extends object>(value: T | Ip | Refused): value is Refused {
  return typeof value === "object" && "reason" in value;
}
