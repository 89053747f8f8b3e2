/** Opens the node's sockets where the user said, or where there is room. */
import { type ListenAddress, ListenError, NodeSockets, type TcpOptions } from "../net/index.ts";
import type { Ip } from "../wire/index.ts";
import { DEFAULT_PORT } from "./addresses.ts";
import { ApiError } from "./api.ts";
import { listenAddress } from "./options.ts";

/** Ports tried after the default one: more nodes on one machine are given theirs. */
const FREE_PORTS_TRIED = 32;
/** IPv6, and IPv4 through it. */
const ANY = "::" as Ip;

/**
 * @param listen - as NodeOptions has it; without it the default port, or the next free one
 * @throws ApiError `bad-address` or `port-in-use`
 */
export async function openSockets(listen: string | undefined, tcp: TcpOptions): Promise<NodeSockets> {
  if (listen !== undefined) return openAt(listenAddress(listen), tcp);
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + FREE_PORTS_TRIED; port++) {
    const sockets = await openAt({ ip: ANY, port }, tcp).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === "port-in-use") return null;
      throw error;
    });
    if (sockets !== null) return sockets;
  }
  throw new ApiError(
    "port-in-use",
    `the UDP ports ${DEFAULT_PORT} to ${DEFAULT_PORT + FREE_PORTS_TRIED - 1} are all in use: choose one with --listen, as [::]:0 for any free one`,
  );
}

async function openAt(address: ListenAddress, tcp: TcpOptions): Promise<NodeSockets> {
  try {
    return await NodeSockets.open(address, tcp);
  } catch (error) {
    throw error instanceof ListenError ? listenFault(error) : error;
  }
}

function listenFault({ code, at }: ListenError): ApiError {
  switch (code) {
    case "EADDRINUSE":
      return new ApiError(
        "port-in-use",
        `${at} is used by another program: end it, or choose another port with --listen (port 0 takes any free one)`,
        code,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "ENETUNREACH":
      return new ApiError("bad-address", `${at} is no address of this machine: listen on 0.0.0.0 or [::] for all of them (${code})`, code);
    case "EACCES":
    case "EPERM":
      return new ApiError("bad-address", `you may not listen on ${at}: choose a port from 1024 on with --listen (${code})`, code);
    default:
      return new ApiError("bad-address", `${at} cannot be listened on (${code}): choose another with --listen`, code);
  }
}
