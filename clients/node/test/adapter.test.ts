// The functions of the adapter before, over a log alone; with an old file: attached.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";

import { EventEmitter, getSourceForRun, queryRuns, queryRunStatus } from "../lib/index.js";
import { temporaryLedger } from "./support.js";

const JANUARY_23 = Date.UTC(2026, 0, 23);

async function someRuns(ledger: string): Promise<void> {
  const emitter = new EventEmitter({ ledger, strict: true });
  const created = (run_id: string, run_type: string, timestamp_ms: number): Promise<void> =>
    emitter.emitCustom("run.created", run_id, {
      timestamp_ms, run_type, config: { stop: 0.05 }, data_fingerprint: "f",
    });
  await created("a", "policy", JANUARY_23 - 1);
  await created("b's", "baseline", JANUARY_23);
  await emitter.emitRunStarted("b's");
  await emitter.emitRunCompleted("b's", { pnl: 1.5 }, {});
}

test("runs are listed newest first, with their source", async () => {
  const ledger = temporaryLedger();
  await someRuns(ledger);
  const all = await queryRuns({}, { ledger });
  assert.deepEqual(all.map((run) => run.run_id), ["b's", "a"]);
  assert.deepEqual(all[1], {
    run_id: "a", run_type: "policy", created_at_ms: JANUARY_23 - 1, config: { stop: 0.05 },
    data_fingerprint: "f", status: "pending", source: "event_log",
  });
});

test("filters", async () => {
  const ledger = temporaryLedger();
  await someRuns(ledger);
  const ids = async (filters: Parameters<typeof queryRuns>[0]): Promise<string[]> =>
    (await queryRuns(filters, { ledger })).map((run) => run.run_id);
  assert.deepEqual(await ids("2026-01-23"), ["b's"]);
  assert.deepEqual(await ids({ sinceDate: "2026-01-22" }), ["b's", "a"]);
  assert.deepEqual(await ids({ runType: "policy" }), ["a"]);
  assert.deepEqual(await ids({ status: "completed" }), ["b's"]);
  assert.deepEqual(await ids({ source: "legacy" }), []);
  assert.deepEqual(await ids({ source: "event_log", limit: 1 }), ["b's"]);
  await assert.rejects(ids("23.1.2026"), {
    name: "DaybookError", code: "invalid_argument", message: /sinceDate: found .*23\.1\.2026/,
  });
  await assert.rejects(ids({ limit: -1 }), /limit: found -1, expected a whole number/);
  await assert.rejects(ids(null as never), /queryRuns: found null, expected filters/);
});

test("how a run stands, and where it comes from", async () => {
  const ledger = temporaryLedger();
  await someRuns(ledger);
  const [one, ...more] = await queryRunStatus("b's", { ledger });
  assert.deepEqual(more, []);
  assert.equal(one?.status, "completed");
  assert.deepEqual(one?.summary_json, { pnl: 1.5 });
  assert.equal(typeof one?.completed_at_ms, "number");
  assert.equal((await queryRunStatus(undefined, { ledger })).length, 2);
  assert.deepEqual(await queryRunStatus("none", { ledger }), []);
  assert.equal(await getSourceForRun("b's", { ledger }), "event_log");
  assert.equal(await getSourceForRun("none", { ledger }), undefined);
  await assert.rejects(getSourceForRun(5 as never, { ledger }), /runId: found .*5, expected text/);
});
