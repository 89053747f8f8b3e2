/** A gateway on an address of loopback that answers as a test likes, with the system's own sockets. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Place } from "../../../src/net/map/map-protocol.ts";
import type { Ip } from "../../../src/wire/index.ts";

/** Each gateway has an address of its own, so that tests can run side by side. */
let last = 0;

/** Gives what is answered, one datagram or several, or null for silence. */
export type Answer = (asked: Uint8Array, count: number) => Uint8Array | readonly Uint8Array[] | null;

export class FakeGateway {
  readonly ip: Ip;
  readonly place: Place;
  /** What came in by UDP. */
  readonly asked: Uint8Array[] = [];
  /** Requests by HTTP: `METHOD PATH`, and the action of SOAP with its words. */
  readonly requests: string[] = [];
  readonly #waiting: { count: number; done: () => void }[] = [];

  constructor() {
    this.ip = `127.77.${process.pid % 250}.${++last}` as Ip;
    this.place = { gateway: this.ip, own: "127.0.0.1" as Ip };
  }

  /** Listens on a port of UDP. */
  async udp(port: number, answer: Answer): Promise<Socket> {
    const socket = createSocket("udp4");
    socket.bind(port, this.ip);
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    socket.on("message", (bytes, from) => {
      this.asked.push(bytes);
      const said = answer(bytes, this.asked.length);
      for (const each of said === null ? [] : said instanceof Uint8Array ? [said] : said) socket.send(each, from.port, from.address);
      for (const { count, done } of this.#waiting) if (this.asked.length >= count) done();
    });
    return socket;
  }

  /** Resolves once so many datagrams came in. */
  heard(count: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ count, done });
      if (this.asked.length >= count) done();
    });
  }

  /** Listens for HTTP. @returns its address, `http://IP:PORT` */
  async http(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void): Promise<string> {
    const server: Server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => void chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const action = /#(\w+)"$/.exec(String(request.headers.soapaction))?.[1];
        this.requests.push(`${request.method} ${request.url}${action === undefined ? "" : ` ${action}`}`);
        answer(request, body, response);
      });
    });
    server.listen(0, this.ip);
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://${this.ip}:${(server.address() as AddressInfo).port}`;
  }
}
