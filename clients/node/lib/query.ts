import { DaybookError } from "./errors.js";
import { runCommand, type CommandOptions, type Row } from "./program.js";
import type { Run } from "./run.js";
import type { Tags } from "./values.js";

export interface QueryOptions extends CommandOptions {
  /**
   * Answer from the published snapshot as it is.  Default false: the answer includes every event that
   * was recorded before the question.
   */
  snapshotOnly?: boolean;
  /** Stop after so many milliseconds. */
  timeoutMs?: number;
}

/**
 * Answers SQL from the tables of the ledger, read-only.
 *
 * Integers are numbers up to 2^53 and BigInt beyond; decimals and doubles are numbers, NaN and
 * infinities the texts "NaN", "Infinity", "-Infinity"; times are text; JSON columns, lists and structures
 * are what they hold.
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  if (typeof sql !== "string" || sql.trim() === "") {
    throw new DaybookError("invalid_argument", "query: found no text, expected SQL");
  }
  const { snapshotOnly, timeoutMs } = options;
  const timeout = timeoutMs === undefined ? undefined : `${timeoutMs}ms`;
  // On standard input: SQL may be longer than a command line may.
  return runCommand(["query", "-"], { snapshotOnly, timeout }, options, sql);
}

export interface RunsOptions extends CommandOptions {
  status?: RunStatus;
  type?: string;
  /** `2026-01-23`, `90m`, `24h`, `7d`. */
  since?: string;
  /** Only runs with these tags; null: with any value. */
  tags?: Tags;
  /** A filter such as `metrics.sharpe > 1.5 and started > now - 7d`. */
  where?: string;
  limit?: number;
  snapshotOnly?: boolean;
}

export type RunStatus =
  | "pending"
  | "running"
  | "completed"
  | "failed"
  | "cancelled"
  | "interrupted";

/** Where a run comes from: the log, or an old file that is attached to the ledger. */
export type RunSource = "event_log" | "legacy";

/** A run as {@link runs} lists it. */
export interface RunRow extends Row {
  run_id: string;
  run_type: string | null;
  name: string | null;
  status: RunStatus;
  created_at_ms: number | null;
  duration_ms: number | null;
  trials: number;
  artifacts: number;
  tags: Record<string, unknown>;
  source: RunSource;
}

/** The runs of the ledger, newest first. */
export async function runs(options: RunsOptions = {}): Promise<RunRow[]> {
  const { status, type, since, where, limit, snapshotOnly, tags } = options;
  const tag = tagsOf(tags);
  const flags = { status, type, since, where, limit, snapshotOnly, tag };
  return (await runCommand(["runs"], flags, options)) as RunRow[];
}

export interface TrialsOptions extends CommandOptions {
  /** A filter such as `metrics.sharpe > 1.5`. */
  where?: string;
  /** Order by this metric, the best first.  Default: as they were recorded. */
  metric?: string;
  /** The least value of `metric` is the best. */
  ascending?: boolean;
  /** Only complete trials that violate nothing. */
  feasible?: boolean;
  limit?: number;
  snapshotOnly?: boolean;
}

/**
 * The trials of a run, a column for each parameter and metric.  `run` is a run, its id, the unique
 * beginning of one, a name, or `@latest`.
 */
export async function trials(run: Run | string, options: TrialsOptions = {}): Promise<Row[]> {
  const { where, metric, ascending, feasible, limit, snapshotOnly } = options;
  const id = typeof run === "string" ? run : run.id;
  const ledger = options.ledger ?? (typeof run === "string" ? undefined : run.ledgerDirectory);
  const flags = { where, metric, ascending, feasible, limit, snapshotOnly };
  return runCommand(["trials", id], flags, { ...options, ledger });
}

export function tagsOf(tags: Tags | undefined): string[] {
  return Object.entries(tags ?? {}).map(([key, value]) => (value === null ? key : `${key}=${value}`));
}
