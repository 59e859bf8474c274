// JSON text of whatever a program passes as a value.
import { DaybookError, messageOf } from "./errors.js";

/** As deep as an event may nest (src/base/limits.h), its own levels left out. */
const NESTING_MAX = 62;

const SAFE_INTEGER_MAX = Number.MAX_SAFE_INTEGER;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** So much of an object fits into an event, which has at most 16 MiB and more than this object. */
export const OBJECT_BYTES_MAX = (16 << 20) - (64 << 10);

/** Where numbers stand that JSON has no form for: JSON pointer, then "NaN", "Infinity", …. */
export type Nonfinite = string[];

/** Something that cannot become an event; `message` begins with the field's JSON pointer. */
export class ConversionError extends DaybookError {
  constructor(pointer: string, found: string, expected: string) {
    super("invalid_argument", `${pointer}: found ${found}, expected ${expected}`);
    this.name = "ConversionError";
  }
}

/** One member of a JSON pointer. */
export function pointerTo(parent: string, name: string): string {
  return `${parent}/${name.replace(/~/g, "~0").replace(/\//g, "~1")}`;
}

/** Refuses what is no whole number of 64 bits: the addon would cut it off. */
export function checkInteger(value: unknown, pointer: string): void {
  if (isInteger(value)) return;
  const expected = typeof value === "bigint" ? "an integer of 64 bits" : "an integer";
  throw new ConversionError(pointer, describe(value), expected);
}

export function isInteger(value: unknown): boolean {
  if (typeof value === "bigint") return value >= INT64_MIN && value <= INT64_MAX;
  return Number.isSafeInteger(value);
}

/** Refuses what is no text: the addon would take it for none. */
export function checkText(value: unknown, pointer: string): void {
  if (typeof value !== "string") throw new ConversionError(pointer, describe(value), "a text");
}

/** Refuses what is neither true nor false: the addon would take it for false. */
export function checkFlag(value: unknown, pointer: string): void {
  if (typeof value !== "boolean") throw new ConversionError(pointer, describe(value), "true or false");
}

/** A value in the words of an error. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date && Number.isNaN(value.getTime())) return "an invalid date";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export function tooLarge(pointer: string, bytes: number, most = OBJECT_BYTES_MAX): ConversionError {
  const expected = `at most ${most}: what is larger belongs into an artifact`;
  return new ConversionError(pointer, `${bytes} bytes`, expected);
}

/** What `convert` gives; whatever code of the program throws in it is an error of the value. */
function converting<T>(pointer: string, convert: () => T): T {
  try {
    return convert();
  } catch (thrown) {
    throw thrown instanceof ConversionError ? thrown : unreadable(pointer, thrown);
  }
}

/** What code of the program has thrown, such as a getter, while it was asked for its value. */
export function unreadable(pointer: string, thrown: unknown): ConversionError {
  const found = `something that cannot be read (${messageOf(thrown)})`;
  return new ConversionError(pointer, found, "a value that has a JSON form");
}

export function nonfiniteName(value: number): string {
  return value !== value ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** Half of a surrogate pair has no form in UTF-8: it becomes U+FFFD. */
export function textJson(text: string): string {
  const json = JSON.stringify(text);
  return json.includes("\\ud") ? JSON.stringify(Buffer.from(text).toString()) : json;
}

export function numberJson(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  // An integer of more than 64 bits would be none that a reader takes; as a fraction it is exact.
  const longInteger = Math.abs(value) > SAFE_INTEGER_MAX && !text.includes("e");
  return longInteger ? `${text}.0` : text;
}

/** An integer where it fits into 64 bits, else text. */
export function bigintJson(value: bigint): string {
  return value >= INT64_MIN && value <= UINT64_MAX ? String(value) : `"${value}"`;
}

/** The JSON of one value.  Finite or not, numbers are the caller's: see {@link write}. */
class Writer {
  constructor(readonly nonfinite: Nonfinite) {}

  /** undefined: the value has no place in an object, as with JSON.stringify. */
  write(value: unknown, pointer: string, depth: number): string | undefined {
    switch (typeof value) {
      case "number":
        if (value - value === 0) return numberJson(value);
        this.nonfinite.push(pointer, nonfiniteName(value));
        return "null";
      case "string":
        return textJson(value);
      case "boolean":
        return value ? "true" : "false";
      case "bigint":
        return bigintJson(value);
      case "undefined":
        return undefined;
      case "function":
        return textJson(`[function ${value.name || "anonymous"}]`);
      case "symbol":
        return textJson(String(value));
      default:
        return value === null ? "null" : this.writeObject(value as object, pointer, depth);
    }
  }

  private writeObject(value: object, pointer: string, depth: number): string | undefined {
    if (depth > NESTING_MAX) {
      throw new ConversionError(
        pointer.length > 80 ? `${pointer.slice(0, 80)}…` : pointer,
        `more than ${NESTING_MAX} levels (a circle?)`,
        "a value that nests less deeply",
      );
    }
    if (Array.isArray(value)) return this.writeList(value, pointer, depth);
    if (ArrayBuffer.isView(value)) return this.writeView(value, pointer, depth);
    if (value instanceof Map) return this.writeEntries(value.entries(), pointer, depth);
    if (value instanceof Set) return this.writeList(value, pointer, depth);
    if (value instanceof Date) return textJson(dateText(value));
    if (value instanceof Error) {
      const own: [string, unknown][] = Object.entries(value);
      const said: [string, unknown][] = [["name", value.name], ["message", value.message]];
      return this.writeEntries([...said, ...own], pointer, depth);
    }
    if (value instanceof RegExp) return textJson(String(value));
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      return this.writeList(new Uint8Array(value), pointer, depth);
    }
    if (isBoxed(value)) return this.write(value.valueOf(), pointer, depth);
    const toJSON = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === "function") {
      return this.write(toJSON.call(value, ""), pointer, depth + 1);
    }
    return this.writeEntries(Object.entries(value), pointer, depth);
  }

  private writeView(view: ArrayBufferView, pointer: string, depth: number): string {
    if (view instanceof DataView) {
      const { buffer, byteOffset, byteLength } = view;
      return this.writeList(new Uint8Array(buffer, byteOffset, byteLength), pointer, depth);
    }
    return this.writeList(view as unknown as Iterable<unknown>, pointer, depth);
  }

  private writeList(list: Iterable<unknown>, pointer: string, depth: number): string {
    const parts: string[] = [];
    for (const item of list) {
      parts.push(this.write(item, `${pointer}/${parts.length}`, depth + 1) ?? "null");
    }
    return `[${parts.join(",")}]`;
  }

  private writeEntries(
    entries: Iterable<[unknown, unknown]>,
    pointer: string,
    depth: number,
  ): string {
    const parts: string[] = [];
    for (const [key, item] of entries) {
      const name = String(key);
      const text = this.write(item, pointerTo(pointer, name), depth + 1);
      if (text !== undefined) parts.push(`${textJson(name)}:${text}`);
    }
    return `{${parts.join(",")}}`;
  }
}

/** Primitives as objects, such as `Object(5n)`. */
function isBoxed(value: object): boolean {
  const kinds = [Number, String, Boolean, BigInt, Symbol];
  return kinds.some((kind) => value instanceof kind);
}

export function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString();
}

/**
 * The JSON of `value`, undefined for undefined.  What it has of NaN and infinities becomes null and
 * is named in `nonfinite`; `pointer` is where the value stands.
 */
export function toJson(value: unknown, pointer: string, nonfinite: Nonfinite): string | undefined {
  return converting(pointer, () => new Writer(nonfinite).write(value, pointer, 1));
}

/**
 * The JSON of an object of at most `bytesMax`; undefined if there is none.  NaN and infinities in it
 * become text: `config` and summaries have no `nonfinite` beside them.
 */
export function objectJson(
  value: unknown,
  pointer: string,
  bytesMax = OBJECT_BYTES_MAX,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = converting(pointer, () => new TextWriter([]).write(value, pointer, 1));
  if (text === undefined || !text.startsWith("{")) {
    throw new ConversionError(pointer, Array.isArray(value) ? "a list" : typeof value, "an object");
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) throw tooLarge(pointer, bytes, bytesMax);
  return text;
}

class TextWriter extends Writer {
  override write(value: unknown, pointer: string, depth: number): string | undefined {
    if (typeof value === "number" && value - value !== 0) return `"${nonfiniteName(value)}"`;
    return super.write(value, pointer, depth);
  }
}
