/** What a verb is: its name, its fields, and how a receiver treats it. Declared once per verb in `verbs/`. */
import type { Fields, Values } from "./field.ts";
import { objectReader, type Reader } from "./reader.ts";

export interface VerbOptions<F extends Fields = Fields> {
  /** `required`: a message without an object in `msg_data` is dropped. `optional`: absent and null are fine. */
  data: "required" | "optional";
  /** True for the five verbs whose receipt the seed acknowledges. */
  acked: boolean;
  /** One sentence for PROTOCOL.md. */
  about: string;
  /** What no single field can say: the reason to drop a body whose fields all fit, or null. */
  refuse?(body: Values<F>): "bad-data" | "nested-relay" | null;
}

export interface Verb<Name extends string = string, F extends Fields = Fields> extends VerbOptions<F> {
  readonly name: Name;
  readonly fields: F;
  /** Checks `msg_data` and copies the declared fields out of it. */
  readonly read: Reader;
}

/** The data of one verb after decoding: only declared fields, in canonical form. */
export type Body<V extends Verb> = Values<V["fields"]>;

export function verb<const Name extends string, const F extends Fields>(name: Name, options: VerbOptions<F>, fields: F): Verb<Name, F> {
  return { name, fields, read: objectReader(fields), ...options };
}
