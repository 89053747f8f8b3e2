/** The small images that go along with larger ones: what is in them, what is not, and what no image can do to the node. */
import { describe, expect, test, vi } from "vitest";
import { mediaOf } from "../../../src/app/files/media.ts";
import { isPreview, type NoPreview, PreviewMaker, whyNone } from "../../../src/app/files/preview.ts";
import { PREVIEW_BYTES_MAX } from "../../../src/core/index.ts";
import { CAMERA, decoded, photo, png, webpTrap, withExif } from "./images.ts";

vi.setConfig({ testTimeout: 60_000 });

const PHOTO = photo(1_600, 1_200);
const RED = [200, 30, 30];
const GREEN = [30, 180, 30];
const BLUE = [30, 30, 200];
const YELLOW = [200, 200, 30];

interface Made {
  /** Null where there is none. */
  readonly bytes: Buffer | null;
  readonly why: NoPreview[];
}

async function made(image: Uint8Array, withinMs?: number): Promise<Made> {
  const why: NoPreview[] = [];
  const maker = new PreviewMaker((reason) => why.push(reason), withinMs);
  const preview = await maker.of({ ...mediaOf(image, "x"), size: image.length, read: async () => Uint8Array.from(image) });
  return { bytes: preview === null ? null : Buffer.from(preview, "base64"), why };
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [place, part] of expected.entries()) expect(Math.abs((actual[place] as number) - part), `${actual}`).toBeLessThan(40);
}

describe("a photo", () => {
  test("has a preview of 256 pixels on the long side that fits its announcement, as JPEG", async () => {
    expect(PHOTO.length).toBeGreaterThan(400_000);
    const { bytes, why } = await made(PHOTO);
    expect(why).toEqual([]);
    expect(bytes?.length).toBeLessThanOrEqual(PREVIEW_BYTES_MAX);
    expect(mediaOf(bytes as Buffer, "")).toEqual({ type: "image/jpeg", pixels: { width: 256, height: 192 } });
    const picture = decoded(bytes as Buffer);
    expectNear(picture.at(0.25, 0.25), RED);
    expectNear(picture.at(0.75, 0.25), GREEN);
    expectNear(picture.at(0.25, 0.75), BLUE);
    expectNear(picture.at(0.75, 0.75), YELLOW);
  });

  /** What is to be seen above on the left and right, then below, of what each orientation does by EXIF's own table (4.6.4). */
  test.each([
    [1, RED, GREEN, BLUE, YELLOW],
    [2, GREEN, RED, YELLOW, BLUE],
    [3, YELLOW, BLUE, GREEN, RED],
    [4, BLUE, YELLOW, RED, GREEN],
    [5, RED, BLUE, GREEN, YELLOW],
    [6, BLUE, RED, YELLOW, GREEN],
    [7, YELLOW, GREEN, BLUE, RED],
    [8, GREEN, YELLOW, RED, BLUE],
  ])(
    "that was taken with the camera held as %d says is the right way up, and so are its width and height",
    async (orientation, ...corners) => {
      const image = withExif(photo(640, 480), orientation, orientation % 2 === 0);
      const isOnSide = orientation >= 5;
      expect(mediaOf(image, "").pixels).toEqual(isOnSide ? { width: 480, height: 640 } : { width: 640, height: 480 });
      const picture = decoded((await made(image)).bytes as Buffer);
      expect([picture.width, picture.height]).toEqual(isOnSide ? [192, 256] : [256, 192]);
      const places = [picture.at(0.25, 0.25), picture.at(0.75, 0.25), picture.at(0.25, 0.75), picture.at(0.75, 0.75)];
      for (const [place, corner] of corners.entries()) expectNear(places[place] as number[], corner);
    },
  );

  test("leaves in its preview nothing of where it was taken, and with what", async () => {
    const image = withExif(PHOTO, 6);
    expect(Buffer.from(image).includes(CAMERA)).toBe(true);
    const { bytes } = await made(image);
    expect(bytes?.includes(CAMERA)).toBe(false);
    expect(bytes?.includes("Exif")).toBe(false);
    expect(segmentsOf(bytes as Buffer), "no APP1, no APP13, no comment").toEqual(expect.not.arrayContaining([0xe1, 0xed, 0xfe]));
  });
});

test("a PNG that one can see through is shown on white", async () => {
  const rows = Buffer.alloc(600 * (1 + 4 * 600));
  for (let row = 0; row < 600; row++)
    for (let column = 0; column < 600; column++) {
      const at = row * (1 + 4 * 600) + 1 + 4 * column;
      rows.set(column < 300 ? [0, 0, 0, 0] : [200, 30, 30, 255], at);
      if (column < 300) rows[at + 1] = (row * row * 31 + column * column * 13 + row * column) % 251; // grain that nobody sees
    }
  const image = png(600, 600, rows);
  expect(image.length).toBeGreaterThan(PREVIEW_BYTES_MAX);
  const picture = decoded((await made(image)).bytes as Buffer);
  expectNear(picture.at(0.2, 0.5), [255, 255, 255]);
  expectNear(picture.at(0.8, 0.5), RED);
});

test("an image of so much detail that it does not fit becomes smaller", async () => {
  const noise = png(
    400,
    400,
    Buffer.from(Array.from({ length: 400 * 1_601 }, (_, at) => (at % 1_601 === 0 ? 0 : (at * at * 31 + at * 7) % 253))),
  );
  const { bytes } = await made(noise);
  expect(bytes?.length).toBeLessThanOrEqual(PREVIEW_BYTES_MAX);
});

test("a small image is its own preview, as it is; one of few bytes and many pixels is not", async () => {
  const small = withExif(photo(96, 64, 40), 6);
  expect((await made(small)).bytes?.equals(small)).toBe(true);
  const flat = png(2_000, 1_500, Buffer.alloc(1_500 * 8_001));
  expect(flat.length).toBeLessThanOrEqual(PREVIEW_BYTES_MAX);
  const { bytes } = await made(flat);
  expect(mediaOf(bytes as Buffer, "").pixels).toEqual({ width: 256, height: 192 });
});

describe("no preview comes of an image", () => {
  test.each([
    ["that is cut within its head", PHOTO.slice(0, 15_000).fill(0, 100), "unreadable"],
    ["that ends in the middle", PHOTO.slice(0, PHOTO.length / 2), "unreadable"],
    ["that is none but for its head", Buffer.concat([PHOTO.subarray(0, 20), Buffer.alloc(20_000)]), "unreadable"],
    ["whose pixels are many more than its bytes", png(30_000, 1_200, Buffer.alloc(20_000)), "too-empty"],
    ["whose head names billions of pixels", png(100_000, 100_000, Buffer.alloc(20_000)), "too-large"],
    ["that is larger than its head says", webpTrap(8_000), "unreadable"],
  ])("%s, and that is told", async (_, image, reason) => {
    const before = process.memoryUsage().rss;
    expect(await made(Uint8Array.from(image))).toEqual({ bytes: null, why: [reason] });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test("that takes too long, or while the node ends", async () => {
    expect(await made(PHOTO, 1)).toEqual({ bytes: null, why: ["too-late"] });
    const why: NoPreview[] = [];
    const maker = new PreviewMaker((reason) => why.push(reason));
    const original = { ...mediaOf(PHOTO, ""), size: PHOTO.length, read: async () => Uint8Array.from(PHOTO) };
    const both = [maker.of(original), maker.of(original)];
    maker.end();
    expect(await Promise.all(both)).toEqual([null, null]);
    expect(why).toEqual(["stopping", "stopping"]);
  });

  test("that cannot be read", async () => {
    const why: NoPreview[] = [];
    const read = () => Promise.reject(new Error("gone"));
    expect(await new PreviewMaker((reason) => why.push(reason)).of({ ...mediaOf(PHOTO, ""), size: PHOTO.length, read })).toBeNull();
    expect(why).toEqual(["unreadable"]);
  });

  test("whose decoding would take more than half of what is free", () => {
    const pixels = { width: 4_032, height: 3_024 };
    expect(whyNone({ size: 4_000_000, pixels }, 2_000_000_000)).toBeNull();
    expect(whyNone({ size: 4_000_000, pixels }, 600_000_000)).toBe("no-memory");
    expect(whyNone({ size: 40_000_000, pixels }, 2_000_000_000)).toBe("too-large");
  });
});

test("what is no image has no preview, and nothing is told of it", async () => {
  expect(await made(Buffer.from("text"))).toEqual({ bytes: null, why: [] });
});

describe("somebody else's preview", () => {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

  test("is one when it begins as an image does", () => {
    expect(isPreview(base64(photo(96, 64, 40)))).toBe(true);
    expect(isPreview(base64(png(10, 10, Buffer.alloc(410))))).toBe(true);
  });

  test.each([
    ["a page", Buffer.from("<html><script>")],
    ["a drawing that is a program", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>')],
    ["an image of more pixels than a preview has", png(1_025, 2, Buffer.alloc(0))],
    ["the beginning of an image alone", PHOTO.subarray(0, 4)],
  ])("is none when it is %s", (_, bytes) => {
    expect(isPreview(base64(bytes))).toBe(false);
  });
});

/** The markers up to where the picture begins. */
function segmentsOf(jpeg: Buffer): number[] {
  const markers: number[] = [];
  for (let at = 2; jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) markers.push(jpeg[at + 1] as number);
  return markers;
}
