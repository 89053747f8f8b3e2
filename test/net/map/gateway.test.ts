import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { gatewayOfBsd, gatewayOfLinux, gatewayOfWindows, placeOf } from "../../../src/net/map/gateway.ts";
import type { Ip } from "../../../src/wire/index.ts";

const LINUX = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0100A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	FE01A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
down0	00000000	0A0A0A0A	0002	0	0	1	00000000	0	0	0
`;
const MACOS = `   route to: default
destination: default
       mask: default
    gateway: 192.168.1.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING>
`;
const WINDOWS = `
IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      10.0.0.138        10.0.0.20     55
          0.0.0.0          0.0.0.0     192.168.1.1     192.168.1.10     25
          0.0.0.0          0.0.0.0   Auf Verbindung      172.16.0.1     1
===========================================================================
`;

describe("the default route", () => {
  test("of Linux is the one of the lowest metric that is up and has a gateway", () => {
    expect(gatewayOfLinux(LINUX)).toBe("192.168.1.254");
  });

  test("of macOS and of Windows is what their own programs say, in whatever language", () => {
    expect(gatewayOfBsd(MACOS)).toBe("192.168.1.1");
    expect(gatewayOfWindows(WINDOWS)).toBe("192.168.1.1");
  });

  test.each(["", "\n\n", "eth0\t00000000", "eth0 00000000 ZZZZZZZZ 0003 0 0 0 00000000", "gateway: link#4", "gateway: fe80::1%en0 x"])(
    "is none where %j is said",
    (text) => {
      expect([gatewayOfLinux(text), gatewayOfBsd(text), gatewayOfWindows(text)]).toEqual([null, null, null]);
    },
  );
});

describe("this machine's address towards the gateway", () => {
  const at = (address: string, netmask: string, internal = false): NetworkInterfaceInfo => ({
    address,
    netmask,
    internal,
    family: "IPv4",
    mac: "02:00:00:00:00:01",
    cidr: null,
  });
  const gateway = "192.168.1.1" as Ip;

  test("is the one on its network, of several that with the longest prefix", () => {
    const interfaces = {
      lo: [at("127.0.0.1", "255.0.0.0", true)],
      wide: [at("192.168.9.9", "255.255.0.0")],
      eth0: [at("192.168.1.10", "255.255.255.0")],
    };
    expect(placeOf(gateway, interfaces)).toEqual({ gateway, own: "192.168.1.10" });
  });

  test("is none where the gateway is on no network of ours, or is this machine", () => {
    expect(placeOf(gateway, { eth0: [at("10.0.0.2", "255.255.255.0")] })).toBe("no-gateway");
    expect(placeOf(gateway, { eth0: [at("192.168.1.1", "255.255.255.0")] })).toBe("no-gateway");
    expect(placeOf(gateway, {})).toBe("no-gateway");
  });

  test("needs no mapping where it is public", () => {
    expect(placeOf("45.0.0.1" as Ip, { eth0: [at("45.0.0.2", "255.255.255.0")] })).toBe("not-needed");
  });

  test("may be one that a provider shares out (100.64.0.0/10)", () => {
    expect(placeOf("100.64.0.1" as Ip, { eth0: [at("100.64.0.2", "255.255.255.0")] })).toEqual({
      gateway: "100.64.0.1",
      own: "100.64.0.2",
    });
  });
});
