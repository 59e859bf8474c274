// The adapter of the system that Daybook follows: its old files and the log as one list.
import { DaybookError } from "./errors.js";
import { describe } from "./json.js";
import type { Row } from "./program.js";
import { query, type QueryOptions, type RunSource, type RunStatus } from "./query.js";

export interface RunFilters {
  /** Only runs created on this UTC day or later: `2026-01-23`. */
  sinceDate?: string;
  runType?: string;
  status?: RunStatus;
  /** Only runs that the log, or an attached old file, answers for. */
  source?: RunSource;
  limit?: number;
}

/** A run as {@link queryRuns} lists it. */
export interface AdapterRun extends Row {
  run_id: string;
  run_type: string | null;
  created_at_ms: number | null;
  config: Record<string, unknown> | null;
  data_fingerprint: string | null;
  status: RunStatus;
  source: RunSource;
}

/** How a run stands, as {@link queryRunStatus} tells it. */
export interface AdapterRunStatus extends Row {
  run_id: string;
  started_at_ms: number | null;
  completed_at_ms: number | null;
  summary_json: Record<string, unknown> | null;
  status: RunStatus;
  source: RunSource;
}

const WHEN = "coalesce(created_at_ms, started_at_ms, last_event_ms)";

/**
 * The runs of the log and of the old files that are attached to the ledger, each once, newest first.
 * A text is `sinceDate`, as the adapter before had it.
 */
export async function queryRuns(
  filters: RunFilters | string = {},
  options: QueryOptions = {},
): Promise<AdapterRun[]> {
  const given: unknown = filters;
  if (typeof given !== "string" && (typeof given !== "object" || given === null)) {
    const expected = "filters, or a day such as 2026-01-23";
    throw refused(`queryRuns: found ${describe(given)}, expected ${expected}`);
  }
  const { sinceDate, runType, status, source, limit } =
    typeof filters === "string" ? { sinceDate: filters } as RunFilters : filters;
  const conditions: string[] = [];
  if (sinceDate !== undefined) conditions.push(`${WHEN} >= epoch_ms(DATE ${day(sinceDate)})`);
  for (const [column, value] of Object.entries({ run_type: runType, status, source })) {
    if (value !== undefined) conditions.push(`${column} = ${literal("queryRuns", column, value)}`);
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw refused(`queryRuns: limit: found ${describe(limit)}, expected a whole number from 0 on`);
  }
  const sql = `SELECT run_id, run_type, created_at_ms, config, data_fingerprint, status, source
    FROM latest_runs ${where(conditions)} ORDER BY ${WHEN} DESC, run_id
    ${limit === undefined ? "" : `LIMIT ${limit}`}`;
  return (await query(sql, options)) as AdapterRun[];
}

/** How one run stands, or all: from the log, or from the old file that answers for it. */
export async function queryRunStatus(
  runId?: string,
  options: QueryOptions = {},
): Promise<AdapterRunStatus[]> {
  const conditions =
    runId === undefined ? [] : [`run_id = ${literal("queryRunStatus", "runId", runId)}`];
  const sql = `SELECT run_id, started_at_ms, completed_at_ms, summary_json, status, source
    FROM latest_runs ${where(conditions)} ORDER BY ${WHEN} DESC, run_id`;
  return (await query(sql, options)) as AdapterRunStatus[];
}

/** Who answers for a run: the log or an old file; undefined where neither has it. */
export async function getSourceForRun(
  runId: string,
  options: QueryOptions = {},
): Promise<RunSource | undefined> {
  const id = literal("getSourceForRun", "runId", runId);
  const [row] = await query(`SELECT source FROM run_sources WHERE run_id = ${id}`, options);
  return row?.["source"] as RunSource | undefined;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

function day(text: unknown): string {
  if (typeof text === "string" && /^\d{4}-\d{2}-\d{2}$/.test(text)) return `'${text}'`;
  throw refused(
    `queryRuns: sinceDate: found ${describe(text)}, expected a day such as 2026-01-23`,
  );
}

function literal(call: string, name: string, value: unknown): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  throw refused(`${call}: ${name}: found ${describe(value)}, expected text`);
}

function refused(message: string): DaybookError {
  return new DaybookError("invalid_argument", message);
}
