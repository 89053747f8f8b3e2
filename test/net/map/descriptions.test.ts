/** What a UPnP gateway says of itself: read where it is plain, refused where it is more, followed to nobody else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLocation } from "../../../src/net/map/ssdp.ts";
import { readControl } from "../../../src/net/map/upnp.ts";
import { leavesOf } from "../../../src/net/map/xml.ts";

const GATEWAY = "192.168.1.1";
const LOCATION = new URL("http://192.168.1.1:5000/rootDesc.xml");
const IP1 = "urn:schemas-upnp-org:service:WANIPConnection:1";
const IP2 = "urn:schemas-upnp-org:service:WANIPConnection:2";

function described(...services: (readonly [type: string, controlUrl: string])[]): string {
  const list = services.map(([type, url]) => `<service><serviceType>${type}</serviceType><controlURL>${url}</controlURL></service>`);
  return `<?xml version="1.0"?><root xmlns="urn:x"><device><serviceList>${list.join("")}</serviceList></device></root>`;
}

describe("the answer to a search", () => {
  const answer = (location: string, head = "HTTP/1.1 200 OK") => Buffer.from(`${head}\r\nST: x\r\nlocation: ${location}\r\n\r\n`);

  test("says where the description is", () => {
    expect(readLocation(answer("http://192.168.1.1:5000/rootDesc.xml"), GATEWAY)?.href).toBe(LOCATION.href);
    expect(readLocation(answer("http://192.168.1.1/d.xml"), GATEWAY)?.href).toBe("http://192.168.1.1/d.xml");
  });

  test.each([
    "http://192.168.1.2:5000/rootDesc.xml",
    "http://203.0.113.5/rootDesc.xml",
    "http://gateway.example/rootDesc.xml",
    "http://192.168.1.1.example/rootDesc.xml",
    "http://192.168.1.1@203.0.113.5/",
    "http://user:word@192.168.1.1/",
    "https://192.168.1.1/rootDesc.xml",
    "file:///etc/passwd",
    "http://[::ffff:192.168.1.1]/",
    "http://192.168.1.1:0/",
    "//192.168.1.1/rootDesc.xml",
    "",
    `http://192.168.1.1/${"x".repeat(600)}`,
  ])("is not followed to %s", (location) => {
    expect(readLocation(answer(location), GATEWAY)).toBeNull();
  });

  test("is none with another status, without a place, or beyond 2 KiB", () => {
    expect(readLocation(answer(LOCATION.href, "HTTP/1.1 404 Not Found"), GATEWAY)).toBeNull();
    expect(readLocation(answer(LOCATION.href, "NOTIFY * HTTP/1.1"), GATEWAY)).toBeNull();
    expect(readLocation(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), GATEWAY)).toBeNull();
    expect(readLocation(Buffer.concat([answer(LOCATION.href), Buffer.alloc(2_048)]), GATEWAY)).toBeNull();
  });
});

describe("a description", () => {
  test("names the service that takes orders, of several the newer", () => {
    expect(readControl(described(["urn:x:Layer3Forwarding:1", "/l3"], [IP1, "/one"], [IP2, "two"]), LOCATION)).toEqual({
      url: new URL("http://192.168.1.1:5000/two"),
      service: IP2,
    });
    expect(readControl(described([IP1, "http://192.168.1.1:5000/one?a=1&amp;b=2"]), LOCATION)?.url.href).toBe(
      "http://192.168.1.1:5000/one?a=1&b=2",
    );
  });

  test.each([
    ["another host", described([IP1, "http://192.168.1.2:5000/one"])],
    ["another host, by a short form", described([IP1, "//203.0.113.5/one"])],
    ["another port of the gateway", described([IP1, "http://192.168.1.1:22/one"])],
    ["nowhere", described([IP1, "http://"])],
    ["a service of another kind", described(["urn:x:Other:1", "/one"])],
    ["a place of another service", described([IP1, ""], ["urn:x:Other:1", "/one"]).replace("<controlURL></controlURL>", "")],
  ])("that leads to %s is not followed", (_, description) => {
    expect(readControl(description, LOCATION)).toBeNull();
  });
});

describe("XML", () => {
  test("is read for the text of its leaves, by the element that they lie in", () => {
    expect(leavesOf("<?xml version='1.0'?><!-- a --><s:a x='1'><s:b> 1 &lt; 2 </s:b><c/><d><b>&amp;lt;</b></d></s:a>")).toEqual([
      { name: "b", text: "1 < 2", within: 1 },
      { name: "b", text: "&lt;", within: 4 },
    ]);
  });

  const bomb = `<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "${"&x;".repeat(100)}">]><a>&z;</a>`;
  test.each([
    ["a document type with entities", bomb],
    ["an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ["CDATA", "<a><![CDATA[<b>]]></a>"],
    ["tags that do not close", "<a><b></a>"],
    ["a tag that does not end", "<a><b"],
    ["a comment that does not end", "<a/><!-- "],
    ["one end too many", "<a></a></b>"],
    ["no element", "text"],
    ["depth", "<a>".repeat(33) + "</a>".repeat(33)],
    ["numbers", `<a>${"<b/>".repeat(4_096)}</a>`],
    ["a name without end", `<${"a".repeat(100_000)}></a>`],
  ])("with %s is not read", (_, text) => {
    expect(leavesOf(text)).toBeNull();
  });

  test("of the longest that is taken is read in an instant, whatever it is made of", () => {
    for (const part of ["<a>", "<!--", "<", "&amp;", "<a ", "</a>", "<?", "<a b='>'>", "<a/>"]) {
      const began = performance.now();
      leavesOf(part.repeat(Math.floor(131_072 / part.length)));
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });

  test("of any kind makes nobody throw", () => {
    const parts = fc.constantFrom(
      "<a>",
      "</a>",
      "<b/>",
      "<!--",
      "-->",
      "<!",
      "<?",
      "?>",
      "&lt;",
      "text",
      "<",
      ">",
      "serviceType",
      IP1,
      "\u0000",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (pieces) => {
        readControl(pieces.join(""), LOCATION);
      }),
      { numRuns: 2_000 },
    );
  });
});
