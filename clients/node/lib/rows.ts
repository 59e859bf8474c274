// Rows out of lines of JSON, and files out of rows.
import { DaybookError } from "./errors.js";
import { describe } from "./json.js";
import type { Row } from "./program.js";

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const MAY_BE_LONG = /\d{16}/;
const IS_INTEGER = /^-?\d+$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The row of a line.  Integers beyond 2^53, which a number would round, become BigInt. */
export function parseRow(line: string): Row {
  if (!MAY_BE_LONG.test(line)) return JSON.parse(line) as Row;
  const marked = markLongIntegers(line);
  if (marked === undefined) return JSON.parse(line) as Row;
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value !== "string" || !value.startsWith("\u0000")) return value;
    return value[1] === "n" ? BigInt(value.slice(2)) : value.slice(2);
  }) as Row;
}

/**
 * A marked text stands for each long integer.  A text that begins with the mark's own first character
 * gets another one, so that nothing in the data can be taken for a mark.  undefined: there are neither.
 * Not by one expression for all tokens: it would run out of stack at a text of megabytes.
 */
function markLongIntegers(line: string): string | undefined {
  let marked = "";
  let copied = 0;
  for (let at = 0; at < line.length; ) {
    NUMBER.lastIndex = at;
    const token = line.charCodeAt(at) === QUOTE ? undefined : NUMBER.exec(line)?.[0];
    if (token !== undefined) {
      if (IS_INTEGER.test(token) && !Number.isSafeInteger(Number(token))) {
        marked += `${line.slice(copied, at)}"\\u0000n${token}"`;
        copied = at + token.length;
      }
      at += token.length;
    } else if (line.charCodeAt(at) === QUOTE) {
      if (line.startsWith("\\u0000", at + 1)) {
        marked += `${line.slice(copied, at)}"\\u0000t`;
        copied = at + 1;
      }
      at = endOfText(line, at);
    } else {
      ++at;
    }
  }
  return copied === 0 ? undefined : marked + line.slice(copied);
}

/** Refuses a line of rows with two columns of one name: an object has one value of it. */
export function checkColumns(line: string): void {
  const seen = new Set<string>();
  for (const name of columnsOf(line)) {
    if (seen.has(name)) {
      const found = `two columns ${JSON.stringify(name)}`;
      const message = `query: found ${found}, expected names that differ: give one with AS`;
      throw new DaybookError("invalid_argument", message);
    }
    seen.add(name);
  }
}

/** The names of the outermost object, which JSON.parse would make one of where they are the same. */
function columnsOf(line: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (let at = 0; at < line.length; ) {
    const char = line[at] as string;
    if (char !== '"') {
      if (char === "{" || char === "[") ++depth;
      if (char === "}" || char === "]") --depth;
      ++at;
      continue;
    }
    const end = endOfText(line, at);
    if (depth === 1 && line[end] === ":") names.push(JSON.parse(line.slice(at, end)) as string);
    at = end;
  }
  return names;
}

/** Behind the quote that ends the text which begins at `start`. */
function endOfText(line: string, start: number): number {
  for (let at = start + 1; at < line.length; ++at) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) ++at;
    else if (code === QUOTE) return at + 1;
  }
  return line.length;
}

/**
 * A CSV file's text; columns are those of all rows, in the order in which they first occur.  `what` the
 * rows are, for errors.
 */
export function csvText(rows: readonly object[], what: string): string {
  rows.forEach((row: unknown, i) => {
    if (typeof row === "object" && row !== null) return;
    wrongRow(what, i, "", describe(row), "an object");
  });
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row, i) => {
    const fieldOf = (column: string): string => {
      const value = (row as Record<string, unknown>)[column];
      if (value instanceof Date && Number.isNaN(value.getTime())) {
        wrongRow(what, i, `${column}: `, "an invalid Date", "a time");
      }
      return csvField(value);
    };
    return columns.map(fieldOf).join(",");
  });
  return `${[columns.map(csvField).join(","), ...lines].join("\n")}\n`;
}

function wrongRow(what: string, i: number, column: string, found: string, expected: string): never {
  const message = `${what}: row ${i}: ${column}found ${found}, expected ${expected}`;
  throw new DaybookError("invalid_argument", message);
}

function csvField(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = value instanceof Date ? value.toISOString() : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
