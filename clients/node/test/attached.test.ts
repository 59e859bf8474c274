// The functions of the adapter before, with an old DuckDB file attached to the ledger.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { EventEmitter, getSourceForRun, queryRuns, queryRunStatus } from "../lib/index.js";
import { daybook, temporaryDirectory, temporaryLedger } from "./support.js";

const MAKE_FILE = `
import duckdb, sys
c = duckdb.connect(sys.argv[1])
c.execute("""CREATE SCHEMA optimizer;
  CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at_ms BIGINT,
    config_json VARCHAR, data_fingerprint VARCHAR, status VARCHAR, completed_at_ms BIGINT,
    summary_json VARCHAR);
  INSERT INTO optimizer.runs_d VALUES
    ('old', 'policy', 1769040000000, '{"x":1}', 'f', 'completed', 1769040001000, '{"pnl":2}'),
    ('both', 'policy', 1769040000000, '{}', 'f', 'failed', 1769040001000, NULL)""")
`;

test("old files answer beside the log, each run once", async () => {
  const ledger = temporaryLedger();
  const file = join(temporaryDirectory(), "old.duckdb");
  execFileSync("python3", ["-B", "-c", MAKE_FILE, file], {
    env: { ...process.env, PYTHONPATH: process.env["DAYBOOK_TEST_MODULES"] },
  });
  const emitter = new EventEmitter({ ledger, strict: true });
  for (const runId of ["both", "new"]) await emitter.emitRunCreated(runId, "policy", {}, "f");
  execFileSync(daybook, ["legacy", "attach", file, "--ledger", ledger]);

  const sources = (await queryRuns({}, { ledger })).map((run) => [run.run_id, run.source]);
  assert.deepEqual(sources.sort(), [["both", "event_log"], ["new", "event_log"], ["old", "legacy"]]);
  const [old] = await queryRuns({ source: "legacy" }, { ledger });
  assert.deepEqual(old?.config, { x: 1 });
  const [status] = await queryRunStatus("old", { ledger });
  assert.deepEqual(status, {
    run_id: "old", started_at_ms: 1769040000000, completed_at_ms: 1769040001000,
    summary_json: { pnl: 2 }, status: "completed", source: "legacy",
  });
  assert.equal(await getSourceForRun("old", { ledger }), "legacy");
  assert.equal(await getSourceForRun("both", { ledger }), "event_log");
});
