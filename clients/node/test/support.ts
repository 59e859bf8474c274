// Ledgers of their own for tests, and what the program `daybook` says of them.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** The program, as the build made it. */
export const daybook = ((): string => {
  const path = process.env["DAYBOOK_PROGRAM"];
  if (path === undefined) throw new Error("DAYBOOK_PROGRAM is not set: run the tests with ctest");
  return path;
})();

/** An event as the log has it. */
export interface Event extends Record<string, unknown> {
  event_type: string;
  event_id: string;
  run_id: string;
  timestamp_ms: number;
}

/** A directory that is gone when the tests of the file are over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "daybook-node-"));
  after(() => removed(directory));
  return directory;
}

/** The state of the code may still be written there, by a thread. */
async function removed(directory: string): Promise<void> {
  for (let tries = 1; ; ++tries) {
    try {
      return rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function temporaryLedger(): string {
  return join(temporaryDirectory(), "ledger");
}

/** All events of a ledger, checked by `daybook verify`, in the order of their ids. */
export function eventsOf(ledger: string): Event[] {
  execFileSync(daybook, ["verify", "--ledger", ledger], { encoding: "utf8" });
  const events: Event[] = [];
  const root = join(ledger, "events");
  for (const day of readdirSync(root)) {
    if (!/^day=/.test(day)) continue;
    for (const part of readdirSync(join(root, day))) {
      if (!part.endsWith(".jsonl")) continue;
      const lines = readFileSync(join(root, day, part), "utf8").split("\n");
      for (const line of lines) if (line !== "") events.push(JSON.parse(line) as Event);
    }
  }
  return events.sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
}

export function typesOf(events: Event[]): string[] {
  return events.map((event) => event.event_type);
}

export function only(events: Event[], type: string): Event {
  const found = events.filter((event) => event.event_type === type);
  if (found.length !== 1) throw new Error(`found ${found.length} events of ${type}, expected 1`);
  return found[0] as Event;
}

/** The rows that a query gives. */
export function rowsOf(ledger: string, sql: string): Record<string, unknown>[] {
  const text = execFileSync(daybook, ["query", "--format", "ndjson", "--ledger", ledger, sql], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A program of test/programs, with the ledger as its first argument. */
export function start(
  program: string,
  args: string[],
  env: Record<string, string> = {},
  flags: string[] = [],
): { process: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...flags, join(__dirname, "programs", program), ...args], {
    env: { ...cleanEnvironment(), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended };
}

/** Until `child` has printed `text`. */
export function printed(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stdout?.on("data", (more: string) => {
      seen += more;
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended without printing ${text}: ${seen}`)));
  });
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const { DAYBOOK_LEDGER: _ledger, DAYBOOK_RUN_ID: _run, ...rest } = process.env;
  // Else a child thinks that it is a part of this test run.
  delete rest["NODE_TEST_CONTEXT"];
  return rest;
}

