// Backtests by the command line: the rows go into a run of the ledger.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DaybookError } from "./errors.js";
import { runCommand, type CommandOptions, type Flags, type Row } from "./program.js";
import { tagsOf } from "./query.js";
import { describe } from "./json.js";
import { csvText } from "./rows.js";
import type { Tags } from "./values.js";

/** Rows, or where they are: a CSV or Parquet file, a glob, a directory, `FILE.duckdb#TABLE`. */
export type Source = string | readonly object[];

/** What all backtests take; `docs/guide/backtests.md` tells what it means. */
export interface BacktestRequest extends CommandOptions {
  /** `id`, `caller`, `mint`, `created_at`. */
  calls: Source;
  /** `timestamp`, `open`, `high`, `low`, `close`, `volume`, `mint`. */
  candles: Source;
  /** Default `1m`. */
  interval?: "1s" | "15s" | "1m" | "5m" | "15m" | "1h" | "4h" | "1d";
  /** Of candles that do not name it. */
  symbol?: string;
  /** Window of a call: bars, or a time such as `24h`. */
  maxHold?: number | string;
  warmUp?: number;
  /** Bars, or a time. */
  entryDelay?: number | string;
  calendar?: "observed" | "24x7";
  minCoverage?: number;
  requireFullWindow?: boolean;
  onBadData?: "fail" | "drop" | "warn";
  execution?: "strict" | "classic";
  /** UTC day of the first calls. */
  from?: string;
  /** UTC day of the last calls. */
  to?: string;
  runId?: string;
  resume?: boolean;
  name?: string;
  experiment?: string;
  tags?: Tags;
  threads?: number;
}

export interface PathOnlyRequest extends BacktestRequest {
  activityMove?: number;
}

export interface PolicyRequest extends BacktestRequest {
  /** When to sell: as an object, as JSON, or a file that holds it. */
  policy: object | string;
  policyId?: string;
  takerFeeBps?: number;
  costModel?: "bps" | "fixed" | "percentage" | "sqrt-impact";
  slippageBps?: number;
  fixedCost?: number;
  percentage?: number;
  notional?: number;
  impactK?: number;
  impactMinBps?: number;
  impactMaxBps?: number;
  latencyBars?: number;
  rejectRate?: number;
  rejectSeed?: number;
}

/** What came of a backtest. */
export interface BacktestResult {
  runId: string;
  /** As in the run's `run.completed`. */
  summary: Row;
}

/** Measures what prices did after each call, without trading. */
export function runPathOnly(request: PathOnlyRequest): Promise<BacktestResult> {
  return runBacktest("path-only", request, {});
}

/** Trades each call by an exit policy, costs included. */
export function runPolicyBacktest(request: PolicyRequest): Promise<BacktestResult> {
  const policy: unknown = (request as PolicyRequest | undefined)?.policy;
  return runBacktest("policy", request, {
    policy: typeof policy === "string" ? policy : JSON.stringify(policy),
  });
}

async function runBacktest(
  kind: string,
  request: BacktestRequest,
  own: Flags,
): Promise<BacktestResult> {
  if (typeof request !== "object" || request === null) {
    const expected = "a request such as { calls, candles }";
    const message = `backtest ${kind}: found ${describe(request)}, expected ${expected}`;
    throw new DaybookError("invalid_argument", message);
  }
  const { calls, candles, ledger, signal, tags, ...rest } = request;
  const folder = await mkdtemp(join(tmpdir(), "daybook-"));
  try {
    const flags: Flags = {
      ...(rest as Flags),
      ...own,
      calls: await fileOf(calls, join(folder, "calls.csv"), "calls"),
      candles: await fileOf(candles, join(folder, "candles.csv"), "candles"),
      tag: tagsOf(tags),
      noIndex: true,
    };
    const rows = await runCommand(["backtest", kind], flags, { ledger, signal });
    const { run_id: runId, ...summary } = rows[0] ?? {};
    if (typeof runId !== "string") {
      throw new DaybookError("internal", `backtest ${kind}: it has printed no run_id`);
    }
    return { runId, summary };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fileOf(source: Source, path: string, what: string): Promise<string> {
  if (typeof source === "string") return source;
  if (!Array.isArray(source) || source.length === 0) {
    const found = Array.isArray(source) ? "no rows" : typeof source;
    throw new DaybookError("invalid_argument", `${what}: found ${found}, expected rows or a path`);
  }
  await writeFile(path, csvText(source, what));
  return path;
}
