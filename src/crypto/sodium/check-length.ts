/** @throws RangeError when the caller's bytes have another length: a mistake of ours, never a stranger's. */
export function checkLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${name} must have ${length} bytes, not ${bytes.length}`);
}
