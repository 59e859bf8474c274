import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { query, runPathOnly, runPolicyBacktest, runs, startRun, trials } from "../lib/index.js";
import { daybook, only, eventsOf, temporaryDirectory, temporaryLedger } from "./support.js";

// The library that DuckDB's package has, where this package is installed from the registry.
before(() => {
  process.env["DAYBOOK_DUCKDB_LIBRARY"] ??= process.env["DAYBOOK_TEST_DUCKDB"];
});

test("an answer includes what was recorded a moment ago", async () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "p", name: "n", tags: { a: "b" }, ledger, strict: true });
  for (let i = 0; i < 3; ++i) run.recordTrial(`t${i}`, { stop: i / 10 }, { sharpe: -i });
  assert.deepEqual(await query("SELECT count(*) AS n FROM trial_results", { ledger }), [{ n: 3 }]);
  const [listed] = await runs({ ledger, status: "running", tags: { a: "b" }, limit: 1 });
  assert.equal(listed?.run_id, run.id);
  assert.equal(listed?.trials, 3);
  assert.equal(listed?.source, "event_log");
  assert.deepEqual(await runs({ ledger, type: "none" }), []);
  const best = await trials(run, { metric: "sharpe", where: "metrics.sharpe < 0", limit: 1 });
  assert.equal(best[0]?.["trial_id"], "t1");
  run.complete();
});

test("a text of megabytes that is full of digits", async () => {
  const ledger = temporaryLedger();
  startRun({ type: "p", ledger, strict: true, capture: false }).complete();
  const sql = "SELECT repeat('1234567890123456 ', 1500000) AS long, 9007199254740993 AS n";
  const [row] = await query(sql, { ledger });
  assert.equal((row?.["long"] as string).length, 25_500_000);
  assert.equal(row?.["n"], 9007199254740993n);
});

test("values of all kinds", async () => {
  const ledger = temporaryLedger();
  startRun({ type: "p", ledger, strict: true }).complete();
  const sql = `SELECT 9007199254740991 safe, 9007199254740993 long, (-9223372036854775808)::BIGINT AS least,
    (2::HUGEINT ^ 100)::HUGEINT huge, 0.1 fraction, 1.5::DOUBLE d, 'nan'::DOUBLE nan, true is_on,
    NULL AS empty_one, [1, 2] AS list, {'a': 9007199254740993} AS nested,
    '9007199254740993 "quoted" \\' || chr(10) txt, chr(0) || 'n12345678901234567' hostile`;
  assert.deepEqual(await query(sql, { ledger }), [
    {
      safe: 9007199254740991,
      long: 9007199254740993n,
      least: -9223372036854775808n,
      huge: 2n ** 100n,
      fraction: 0.1,
      d: 1.5,
      nan: "NaN",
      is_on: true,
      empty_one: null,
      list: [1, 2],
      nested: { a: 9007199254740993n },
      txt: '9007199254740993 "quoted" \\\n',
      hostile: "\u0000n12345678901234567",
    },
  ]);
});

test("columns of one name are refused, and the program does not wait", async () => {
  const ledger = temporaryLedger();
  startRun({ type: "p", ledger, strict: true, capture: false }).complete();
  const expected = { code: "invalid_argument", message: /found two columns "a", expected names/ };
  await assert.rejects(query("SELECT 1 AS a, range AS a FROM range(1000000)", { ledger }), expected);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  for (const child of children.split(" ").filter((id) => id !== "")) {
    for (let tries = 0; existsSync(`/proc/${child}`); ++tries) {
      assert.ok(tries < 500, `${child} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const nested = `SELECT '"a":' AS "a", {'a': 1, 'b': [{'a': 2}]} AS b, 'x' AS "A"`;
  const [row] = await query(nested, { ledger });
  assert.deepEqual(row, { a: '"a":', b: { a: 1, b: [{ a: 2 }] }, A: "x" });
});

test("many rows", async () => {
  const ledger = temporaryLedger();
  startRun({ type: "p", ledger, strict: true }).complete();
  const rows = await query("SELECT range AS i, range / 7 AS f FROM range(100000)", { ledger });
  assert.equal(rows.length, 100_000);
  assert.deepEqual(rows[99_999], { i: 99_999, f: 99_999 / 7 });
});

test("what is wrong is said", async () => {
  const ledger = temporaryLedger();
  await assert.rejects(query("SELECT 1", { ledger }), {
    name: "DaybookError",
    code: "invalid_argument",
    message: /open the ledger .* it does not exist/,
  });
  startRun({ type: "p", ledger, strict: true }).complete();
  await assert.rejects(query("SELEC", { ledger }), { code: "failed", message: /syntax error/ });
  await assert.rejects(query("", { ledger }), /found no text, expected SQL/);
  await assert.rejects(trials("none", { ledger }), /find run "none"/);
  const abort = new AbortController();
  const slow = query("SELECT count(*) FROM range(100000000000) a", { ledger, signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await assert.rejects(slow, { name: "AbortError" });
  await assert.rejects(
    query("SELECT count(*) FROM range(100000000000) a", { ledger, timeoutMs: 50 }),
    { name: "DaybookError" },
  );
});

test("backtests, from files and from rows", async () => {
  const ledger = temporaryLedger();
  const data = temporaryDirectory();
  execFileSync(daybook, [
    "backtest", "synth", "--out", data, "--symbols", "3", "--bars", "3000", "--calls", "40",
  ]);
  const calls = join(data, "calls.csv");
  const candles = join(data, "candles.parquet");
  const policy = { kind: "fixed_stop", stopPct: 0.1, takeProfitPct: 0.2 };
  const traded = await runPolicyBacktest({
    calls, candles, policy, maxHold: 60, ledger, tags: { by: "node" }, name: "first",
  });
  assert.equal(traded.summary["calls_executed"], 40);
  const [listed] = await runs({ ledger, tags: { by: "node" } });
  assert.equal(listed?.run_id, traded.runId);
  assert.equal(listed?.status, "completed");

  const paths = await runPathOnly({ calls, candles, maxHold: "1h", ledger, runId: "mine" });
  assert.equal(paths.runId, "mine");
  assert.equal(paths.summary["paths"], 40);

  const start = Date.UTC(2026, 0, 1);
  const closes = [100, 110, 121, 90];
  const rows = await runPathOnly({
    calls: [{ id: "c1", caller: 'a "b", c', mint: "X", created_at: new Date(start) }],
    candles: closes.map((close, i) => ({
      timestamp: start + i * 60_000, open: close, high: close, low: close, close, volume: 1, mint: "X",
    })),
    maxHold: 3,
    ledger,
  });
  assert.equal(rows.summary["paths"], 1, JSON.stringify(rows.summary));
  const created = eventsOf(ledger).filter((event) => event.run_id === rows.runId);
  assert.equal(only(created, "run.completed").run_id, rows.runId);

  await assert.rejects(runPathOnly({ calls: [], candles, ledger }), /calls: found no rows/);
  await assert.rejects(runPathOnly(undefined as never), /path-only: found undefined, expected a req/);
  await assert.rejects(runPolicyBacktest(undefined as never), /policy: found undefined, expected a /);
  const timeless = [{ id: "c", created_at: new Date(NaN) }];
  const message = "calls: row 0: created_at: found an invalid Date, expected a time";
  await assert.rejects(runPathOnly({ calls: timeless, candles, ledger }), { message });
  await assert.rejects(runPathOnly({ calls: "none.csv", candles, ledger }), /none\.csv/);
  await assert.rejects(
    runPolicyBacktest({ calls, candles, policy: { kind: "fixed_stopp" }, ledger }),
    /fixed_stop/,
  );
});
