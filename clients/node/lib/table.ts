// Tables as files of one JSON object a line, which DuckDB and most others read.
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

import { DaybookError } from "./errors.js";
import { toJson } from "./json.js";

const CHUNK_CHARACTERS = 1 << 20;

/**
 * Writes `rows` below `directory`, never over another table: the second of a name is `name-2`.
 * What has been written so far is in a file beside it.
 */
export function writeTable(
  directory: string,
  name: string,
  rows: Iterable<object>,
): { path: string; rows: number } {
  if (!/^[\w-][\w.-]{0,199}$/.test(name)) {
    throw new DaybookError(
      "invalid_argument",
      `add table: found the name ${JSON.stringify(name)}, expected letters, digits, ".", "_", "-"`,
    );
  }
  if (typeof (rows as Iterable<object> | undefined)?.[Symbol.iterator] !== "function") {
    const message = `add table ${name}: found ${typeof rows}, expected an iterable of rows`;
    throw new DaybookError("invalid_argument", message);
  }
  const path = takePath(join(directory, "tables"), name);
  const temporary = `${path}.${process.pid}-${threadId}.tmp`;
  try {
    const count = writeFile(temporary, name, rows);
    renameSync(temporary, path);
    return { path, rows: count };
  } catch (error) {
    for (const left of [temporary, path]) rmSync(left, { force: true });
    throw error;
  }
}

/** Taken at once, as an empty file: others may add tables of the name. */
function takePath(directory: string, name: string): string {
  mkdirSync(directory, { recursive: true });
  for (let number = 1; ; ++number) {
    const path = join(directory, `${number === 1 ? name : `${name}-${number}`}.ndjson`);
    try {
      closeSync(openSync(path, "wx"));
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function writeFile(path: string, name: string, rows: Iterable<object>): number {
  const file = openSync(path, "w");
  try {
    return writeRows(file, name, rows);
  } finally {
    closeSync(file);
  }
}

function writeRows(file: number, name: string, rows: Iterable<object>): number {
  let count = 0;
  let chunk = "";
  for (const row of rows) {
    const json = toJson(row, `/${count}`, []);
    if (json === undefined || !json.startsWith("{")) {
      const message = `add table ${name}: row ${count}: found ${json ?? "undefined"}, expected an object`;
      throw new DaybookError("invalid_argument", message);
    }
    chunk += `${json}\n`;
    ++count;
    if (chunk.length >= CHUNK_CHARACTERS) {
      writeAll(file, chunk);
      chunk = "";
    }
  }
  writeAll(file, chunk);
  return count;
}

/** A full disk takes a part of a write before it refuses the next one. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
