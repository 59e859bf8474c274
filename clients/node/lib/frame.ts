// How the fields of an object get into the addon: see addon/frame.h.
import {
  ConversionError,
  dateText,
  OBJECT_BYTES_MAX,
  pointerTo,
  toJson,
  tooLarge,
  unreadable,
  type Nonfinite,
} from "./json.js";
import { native } from "./native.js";

// SlotKind of addon/frame.h.
const NULL = 0;
const BOOL = 1;
const INT = 2;
const UINT = 3;
const NUMBER = 4;
const TEXT = 5;
const JSON_TEXT = 6;

const SLOTS = 1024;
const TEXT_BYTES = 64 * 1024;
/** A frame that a large object has made larger than this is not kept. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** So many names are remembered; a program that makes up ever new ones must not leak. */
const NAMES_MAX = 20_000;
/** An object with more of them is too large for an event. */
const FIELDS_MAX = 2 << 20;
/** Shorter texts are copied faster by ourselves than by a call. */
const SHORT_TEXT = 32;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** What becomes of NaN and infinities. */
export type NanPolicy = "keep" | "refuse";

class Frame {
  private slots!: Float64Array;
  private ints!: BigInt64Array;
  private uints!: BigUint64Array;
  private text!: Buffer;
  private nextSlot = 0;
  private nextText = 0;
  private readonly names = new Map<string, number>();
  private nonfinite: Nonfinite = [];
  private nan: NanPolicy = "keep";
  /** The object that is being put, for errors; empty when all have been. */
  private where = "";

  constructor() {
    this.allocate(SLOTS, TEXT_BYTES);
  }

  /** Forgets what was put before. */
  private begin(nan: NanPolicy): void {
    this.where = "";
    this.nextSlot = 0;
    this.nextText = 0;
    this.nan = nan;
    if (this.nonfinite.length > 0) this.nonfinite = [];
    if (this.names.size > NAMES_MAX) {
      this.names.clear();
      native().forgetNames();
    }
    if (this.text.length + this.slots.byteLength > KEPT_BYTES_MAX) {
      this.allocate(SLOTS, TEXT_BYTES);
    }
  }

  /** Puts text and returns its bytes of UTF-8. */
  putText(text: string): number {
    const length = text.length;
    if (length * 3 > this.text.length - this.nextText) this.growText(Buffer.byteLength(text));
    const buffer = this.text;
    const start = this.nextText;
    if (length <= SHORT_TEXT) {
      let i = 0;
      for (; i < length; ++i) {
        const code = text.charCodeAt(i);
        if (code >= 0x80) break;
        buffer[start + i] = code;
      }
      if (i === length) {
        this.nextText = start + length;
        return length;
      }
    }
    const bytes = buffer.write(text, start);
    this.nextText = start + bytes;
    return bytes;
  }

  /** Puts the fields of an object of any values, and returns how many these are. */
  putObject(object: object, pointer: string): number {
    this.where = pointer;
    if (!isPlain(object)) return this.putEntries(entriesOf(object, pointer), pointer);
    const keys = Object.keys(object);
    this.reserve(keys.length);
    let count = 0;
    for (let i = 0; i < keys.length; ++i) {
      const key = keys[i] as string;
      const value = (object as Record<string, unknown>)[key];
      // What is nearly always there first: a call for each number would be felt.
      if (typeof value === "number" && value - value === 0) {
        this.put(this.numberOf(key) * 8 + NUMBER, value);
        ++count;
      } else {
        count += this.putValue(key, value, pointer);
      }
    }
    return count;
  }

  /** Puts the points of curves: the same where only numbers may stand. */
  putMetrics(object: object): number {
    this.where = "/metrics";
    const entries = isPlain(object) ? undefined : entriesOf(object, "/metrics");
    const source = entries === undefined ? object : Object.fromEntries(entries);
    const keys = Object.keys(source);
    this.reserve(keys.length);
    let count = 0;
    for (let i = 0; i < keys.length; ++i) {
      const key = keys[i] as string;
      const value = (source as Record<string, unknown>)[key];
      if (typeof value === "number" && value - value === 0) {
        this.put(this.numberOf(key) * 8 + NUMBER, value);
        ++count;
      } else if (typeof value === "number" || typeof value === "bigint") {
        count += this.putValue(key, value, "/metrics");
      } else if (value !== undefined) {
        const found = value === null ? "null" : `a ${typeof value}`;
        throw new ConversionError(pointerTo("/metrics", key), found, "a number");
      }
    }
    return count;
  }

  /** Puts what the objects so far had of NaN and infinities. */
  putNonfinite(): number {
    this.where = "";
    const list = this.nonfinite;
    this.reserve(list.length / 2);
    for (let i = 0; i < list.length; i += 2) {
      this.put(this.numberOf(list[i] as string) * 8 + TEXT, this.putText(list[i + 1] as string));
    }
    return list.length / 2;
  }

  /** Begins anew, and lets `body` put and hand over. */
  use(nan: NanPolicy, body: (frame: Frame) => void): void {
    this.begin(nan);
    try {
      body(this);
    } catch (thrown) {
      if (this.where === "" || thrown instanceof ConversionError) throw thrown;
      throw unreadable(this.where, thrown);
    }
  }

  private putEntries(entries: [string, unknown][], pointer: string): number {
    this.reserve(entries.length);
    let count = 0;
    for (const [key, value] of entries) count += this.putValue(key, value, pointer);
    return count;
  }

  /** 1, or 0 where the value has no place in an object. */
  private putValue(key: string, value: unknown, pointer: string): number {
    const head = this.numberOf(key) * 8;
    if (typeof value === "string") {
      if (value.length > OBJECT_BYTES_MAX) throw tooLarge(pointerTo(pointer, key), value.length);
      this.put(head + TEXT, this.putText(value));
    } else if (typeof value === "boolean") {
      this.put(head + BOOL, value ? 1 : 0);
    } else if (value === null) {
      this.put(head + NULL, 0);
    } else if (typeof value === "bigint" && value >= INT64_MIN && value <= UINT64_MAX) {
      this.putBigint(head, value);
    } else if (value instanceof Date) {
      this.put(head + TEXT, this.putText(dateText(value)));
    } else if (typeof value === "number" && value - value === 0) {
      this.put(head + NUMBER, value);
    } else {
      return this.putRare(key, value, pointer);
    }
    return 1;
  }

  private putRare(key: string, value: unknown, pointer: string): number {
    const where = pointerTo(pointer, key);
    const before = this.nonfinite.length;
    const json = toJson(value, where, this.nonfinite);
    if (this.nonfinite.length > before && this.nan === "refuse") {
      const [at, found] = this.nonfinite.slice(before) as [string, string];
      throw new ConversionError(at, found, 'a finite number (nan: "keep" keeps it)');
    }
    // A number of its own is named in `nonfinite` alone; within lists and objects null stands there.
    if (json === undefined || typeof value === "number") return 0;
    this.put(this.numberOf(key) * 8 + JSON_TEXT, this.putText(json));
    return 1;
  }

  private putBigint(head: number, value: bigint): void {
    if (value <= INT64_MAX) {
      this.ints[this.nextSlot + 1] = value;
      this.slots[this.nextSlot] = head + INT;
    } else {
      this.uints[this.nextSlot + 1] = value;
      this.slots[this.nextSlot] = head + UINT;
    }
    this.nextSlot += 2;
  }

  private put(head: number, value: number): void {
    this.slots[this.nextSlot] = head;
    this.slots[this.nextSlot + 1] = value;
    this.nextSlot += 2;
  }

  private numberOf(name: string): number {
    let number = this.names.get(name);
    if (number === undefined) {
      number = native().intern(name);
      this.names.set(name, number);
    }
    return number;
  }

  private reserve(fields: number): void {
    const needed = this.nextSlot + fields * 2;
    if (needed <= this.slots.length) return;
    if (fields > FIELDS_MAX) {
      throw new ConversionError(this.where, `${fields} fields`, `at most ${FIELDS_MAX}`);
    }
    this.allocate(Math.max(needed, this.slots.length * 2), this.text.length);
  }

  private growText(bytes: number): void {
    const needed = this.nextText + Math.max(bytes, SHORT_TEXT * 3);
    if (needed <= this.text.length) return;
    if (needed > OBJECT_BYTES_MAX) throw tooLarge(this.where, needed);
    this.allocate(this.slots.length, Math.max(needed, this.text.length * 2));
  }

  private allocate(slots: number, textBytes: number): void {
    const { slots: slotBuffer, text: textBuffer } = native().allocateFrame(slots, textBytes);
    const before = this.slots as Float64Array | undefined;
    const textBefore = this.text as Buffer | undefined;
    this.slots = new Float64Array(slotBuffer);
    this.ints = new BigInt64Array(slotBuffer);
    this.uints = new BigUint64Array(slotBuffer);
    this.text = Buffer.from(textBuffer);
    if (before) this.slots.set(before.subarray(0, this.nextSlot));
    if (textBefore) this.text.set(textBefore.subarray(0, this.nextText));
  }
}

function isPlain(object: unknown): boolean {
  if (typeof object !== "object" || object === null) return false;
  const prototype: unknown = Object.getPrototypeOf(object);
  return (
    (prototype === Object.prototype || prototype === null) &&
    typeof (object as { toJSON?: unknown }).toJSON !== "function"
  );
}

/** The entries of a Map, of what toJSON gives, or of a class's instance. */
function entriesOf(object: unknown, pointer: string): [string, unknown][] {
  if (object instanceof Map) return [...object].map(([key, value]) => [String(key), value]);
  if (typeof object !== "object" || object === null || hasNoFields(object)) {
    throw new ConversionError(pointer, foundInstead(object), "an object");
  }
  const toJSON = (object as { toJSON?: unknown }).toJSON;
  if (typeof toJSON === "function") {
    const plain: unknown = toJSON.call(object, "");
    if (plain !== object) return entriesOf(plain, pointer);
  }
  return Object.entries(object);
}

function hasNoFields(object: object): boolean {
  if (Array.isArray(object) || ArrayBuffer.isView(object)) return true;
  return [Set, Date, ArrayBuffer, SharedArrayBuffer, Promise].some((kind) => object instanceof kind);
}

function foundInstead(object: unknown): string {
  if (object === null) return "null";
  if (typeof object !== "object") return `a ${typeof object}`;
  return Array.isArray(object) ? "a list" : `a ${object.constructor.name}`;
}

let shared: Frame | undefined;
let depth = 0;

/**
 * Lets `body` put what it records, and hand it over.  What it puts may run code of the program, such as
 * a getter, which may record something itself: that has another frame.
 */
export function withFrame(nan: NanPolicy, body: (frame: Frame) => void): void {
  if (depth > 0) return withAnotherFrame(nan, body);
  shared ??= new Frame();
  ++depth;
  try {
    shared.use(nan, body);
  } finally {
    --depth;
  }
}

function withAnotherFrame(nan: NanPolicy, body: (frame: Frame) => void): void {
  native().pushFrame();
  ++depth;
  try {
    new Frame().use(nan, body);
  } finally {
    --depth;
    native().popFrame();
  }
}
