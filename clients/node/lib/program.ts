// The program `daybook` of this package, for what needs the database.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { DaybookError } from "./errors.js";
import { prebuildDirectory } from "./native.js";
import { checkColumns, parseRow } from "./rows.js";

/** What all commands can be told. */
export interface CommandOptions {
  /** The ledger's directory.  Default: as for runs. */
  ledger?: string;
  /** Aborting it ends the command. */
  signal?: AbortSignal;
}

/** Rows as objects; see {@link query} for what values become. */
export type Row = Record<string, unknown>;

/** Flags by their names in JavaScript: `maxHold: "24h"` is `--max-hold 24h`. */
export type Flags = Record<string, string | number | boolean | readonly string[] | undefined>;

/**
 * Runs a command, `input` on its standard input, and gives the rows that it prints.  Rejects with a
 * {@link DaybookError} that says what the command says, or with the AbortError of `signal`.
 */
export async function runCommand(
  command: readonly string[],
  flags: Flags,
  options: CommandOptions,
  input = "",
): Promise<Row[]> {
  const ledger = options.ledger === undefined ? [] : ["--ledger", options.ledger];
  const args = [...command, ...flagsOf(flags), ...ledger, "--format", "ndjson"];
  const child = spawn(programPath(), args, {
    env: environment(),
    stdio: "pipe",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // A command that does not read to the end has its reason, and says it.
  child.stdin.on("error", () => undefined).end(input);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  // Rows that are refused are read no further: it must not wait for ever to write the rest.
  const read = readRows(child.stdout).finally(() => child.stdout.destroy());
  // Whoever of the two ends first, the other is heard: nothing may be rejected unheard.
  const [rows, code] = await Promise.all([read, ended]);
  if (code !== 0) throw failure(command, code, said);
  if (said !== "") process.stderr.write(said);
  return rows;
}

async function readRows(stdout: NodeJS.ReadableStream): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const line of createInterface({ input: stdout, crlfDelay: Infinity })) {
    if (line === "") continue;
    if (rows.length === 0) checkColumns(line);
    rows.push(parseRow(line));
  }
  return rows;
}

function flagsOf(flags: Flags): string[] {
  const args: string[] = [];
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) continue;
    if (value === true) args.push(flag);
    else if (typeof value === "object") for (const each of value) args.push(`${flag}=${each}`);
    // As one word, so that a value may begin with a dash.
    else args.push(`${flag}=${value}`);
  }
  return args;
}

function programPath(): string {
  const path = join(prebuildDirectory(), "daybook");
  if (existsSync(path)) return path;
  throw new DaybookError(
    "unsupported",
    `run daybook on ${process.platform}-${process.arch}: ${path} is not there; it comes for linux-x64`,
  );
}

function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  // The libraries beside the program, which other machines may have in other versions or not at all.
  const more = env["LD_LIBRARY_PATH"] ? `:${env["LD_LIBRARY_PATH"]}` : "";
  env["LD_LIBRARY_PATH"] = prebuildDirectory() + more;
  const duckdb = duckdbLibrary();
  if (!env["DAYBOOK_DUCKDB_LIBRARY"] && duckdb !== undefined) env["DAYBOOK_DUCKDB_LIBRARY"] = duckdb;
  return env;
}

/** DuckDB's own package, an optional dependency of this one. */
function duckdbLibrary(): string | undefined {
  try {
    const name = `@duckdb/node-bindings-${process.platform}-${process.arch}/package.json`;
    return join(dirname(require.resolve(name)), "libduckdb.so");
  } catch {
    return undefined;
  }
}

function failure(command: readonly string[], code: number | string, said: string): DaybookError {
  let message = said.trim().replace(/^daybook: error: /, "");
  if (message === "") message = `daybook ${command[0]}: ended with ${code}`;
  if (message.includes("libduckdb.so was not found")) {
    message += "\nIt comes with the package @duckdb/node-bindings-linux-x64: npm install it";
  }
  return new DaybookError(code === 2 ? "invalid_argument" : "failed", message);
}

