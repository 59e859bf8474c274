// Rows out of lines of JSON, and files out of rows.
import type { Row } from "./program.js";

/** Strings, so that digits in them are passed over, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MAY_BE_LONG = /\d{16}/;
const IS_INTEGER = /^-?\d+$/;

/** The row of a line.  Integers beyond 2^53, which a number would round, become BigInt. */
export function parseRow(line: string): Row {
  if (!MAY_BE_LONG.test(line)) return JSON.parse(line) as Row;
  let found = false;
  // A marked text stands for each long integer.  A text that begins with the mark's own first
  // character gets another one, so that nothing in the data can be taken for a mark.
  const marked = line.replace(TOKENS, (token) => {
    if (token.startsWith('"\\u0000')) {
      found = true;
      return `"\\u0000t${token.slice(1)}`;
    }
    if (!IS_INTEGER.test(token) || Number.isSafeInteger(Number(token))) return token;
    found = true;
    return `"\\u0000n${token}"`;
  });
  if (!found) return JSON.parse(line) as Row;
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value !== "string" || !value.startsWith("\u0000")) return value;
    return value[1] === "n" ? BigInt(value.slice(2)) : value.slice(2);
  }) as Row;
}

/** A CSV file's text; columns are those of all rows, in the order in which they first occur. */
export function csvText(rows: readonly object[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) =>
    columns.map((column) => csvField((row as Record<string, unknown>)[column])).join(","),
  );
  return `${[columns.map(csvField).join(","), ...lines].join("\n")}\n`;
}

function csvField(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = value instanceof Date ? value.toISOString() : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
