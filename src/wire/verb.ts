/** What a verb is: its name, its fields, and how a receiver treats it. Declared once per verb in `verbs/`. */
import { type Static, type TObject, type TProperties, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";

export interface VerbOptions {
  /** `required`: a message without an object in `msg_data` is dropped. `optional`: absent and null are fine. */
  data: "required" | "optional";
  /** True for the five verbs whose receipt the seed acknowledges. */
  acked: boolean;
  /** One sentence for PROTOCOL.md. */
  about: string;
}

export interface Verb<Name extends string = string, Fields extends TProperties = TProperties> extends VerbOptions {
  readonly name: Name;
  readonly schema: TObject<Fields>;
  readonly check: TypeCheck<TObject<Fields>>;
}

/** The data of one verb after decoding: only declared fields, in canonical form. */
export type Body<V extends Verb> = Static<V["schema"]>;

export function verb<const Name extends string, Fields extends TProperties>(name: Name, options: VerbOptions, fields: Fields): Verb<Name, Fields> {
  const schema = Type.Object(fields);
  return { name, schema, check: TypeCompiler.Compile(schema), ...options };
}
