/** A mailbox serves wherever it is: at a public address, and behind a router that lets nobody in. PROTOCOL.md §22.4, §22.6. */
import { expect, test } from "vitest";
import type { ContactNodes } from "../../src/core/index.ts";
import { sodiumCrypto } from "../../src/crypto/sodium/index.ts";
import { type BehaviourName, type Host, Simulator } from "../../src/sim/index.ts";
import { makeRoom } from "../../src/sim/private-swarm/index.ts";
import type { NodeId } from "../../src/wire/index.ts";

/** Ada knows Ben, Ben Ada and Mia, Mia Ben. */
const KNOWN: Readonly<Record<string, readonly string[]>> = { Ada: ["Ben"], Ben: ["Ada", "Mia"], Mia: ["Ben"] };

function contactsOf(name: string, hosts: ReadonlyMap<string, Host>): ContactNodes {
  const all = () => (KNOWN[name] ?? []).map((other) => hosts.get(other)?.nodeId ?? "");
  return { has: (nodeId) => all().includes(nodeId), all };
}

test.each<BehaviourName>(["public", "full-cone", "port-restricted", "symmetric"])(
  "what is said while its owner is away comes by one that is %s",
  (behind) => {
    const simulator = new Simulator({ seed: 1, crypto: sodiumCrypto });
    const hosts = new Map<string, Host>();
    const rendezvous = simulator.add({ name: "S", rendezvous: true });
    for (const [name, place] of [
      ["Ada", "linux"],
      ["Ben", "linux"],
      ["Mia", behind],
    ] as const)
      hosts.set(
        name,
        simulator.add({
          name,
          at: { behind: place },
          peers: [rendezvous.endpoint()],
          contacts: contactsOf(name, hosts),
          mailbox: name === "Mia",
        }),
      );
    const [ada, ben, mia] = [...hosts.values()] as [Host, Host, Host];
    for (const host of simulator.hosts) host.start();
    simulator.run(1_000);
    const room = makeRoom(simulator, ada, simulator.random);
    room.order(ada, ben, { act: "grant", role: "member" });
    room.join(ben);
    ben.command({ kind: "mailbox", nodeId: mia.nodeId as NodeId, on: true });
    simulator.run(20_000);
    ben.stop(0);
    simulator.run(20_000);
    room.say(ada, "one");
    simulator.run(70_000);
    expect(ada.events.filter(({ type }) => type === "held").length).toBe(1);
    ada.stop(0);
    simulator.run(20_000);
    ben.start();
    simulator.run(30_000);
    expect(room.openAt(ben.disk)).toEqual(["one"]);
  },
);
