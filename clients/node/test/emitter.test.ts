import assert from "node:assert/strict";
import { test } from "node:test";

import { DaybookError, EventEmitter, getEventEmitter } from "../lib/index.js";
import { eventsOf, only, rowsOf, start, temporaryLedger, typesOf } from "./support.js";

test("the eight functions, by name and position", async () => {
  const ledger = temporaryLedger();
  process.env["DAYBOOK_LEDGER"] = ledger;
  const emitter = getEventEmitter();
  assert.equal(getEventEmitter(), emitter);
  assert.equal(await emitter.emitRunCreated("r1", "path-only", { a: [1, NaN] }, "sha"), undefined);
  await emitter.emitRunStarted("r1");
  await emitter.emitPhaseStarted("r1", "plan", 0);
  await emitter.emitPhaseCompleted("r1", "plan", 12.4, { calls: 3 });
  await emitter.emitTrialRecorded("r1", "t1", { stop: 0.1, bad: NaN }, { ret: 1 / 3, m: Infinity });
  await emitter.emitBaselineCompleted("r1", 10, 9, "baseline.parquet");
  await emitter.emitArtifactCreated("r1", "trades", "trades.parquet", 123);
  await emitter.emitRunCompleted("r1", { trials: 1 }, { trades: "trades.parquet" });
  delete process.env["DAYBOOK_LEDGER"];

  const events = eventsOf(ledger);
  assert.deepEqual(typesOf(events), [
    "run.created",
    "run.started",
    "phase.started",
    "phase.completed",
    "trial.recorded",
    "baseline.completed",
    "artifact.created",
    "run.completed",
  ]);
  const payload = (type: string): object => {
    const { event_type, event_id, timestamp_ms, run_id, seq, checksum, synced, schema_version, ...rest } =
      only(events, type);
    assert.ok([event_type, event_id, timestamp_ms, run_id, seq, checksum].every((x) => x !== undefined));
    void synced;
    void schema_version;
    return rest;
  };
  assert.deepEqual(payload("run.created"), {
    run_type: "path-only",
    config: { a: [1, "NaN"] },
    data_fingerprint: "sha",
  });
  assert.deepEqual(payload("run.started"), {});
  assert.deepEqual(payload("phase.started"), { phase_name: "plan", phase_order: 0 });
  assert.deepEqual(payload("phase.completed"), {
    phase_name: "plan",
    duration_ms: 12,
    output_summary: { calls: 3 },
  });
  assert.deepEqual(payload("trial.recorded"), {
    trial_id: "t1",
    params: { stop: 0.1 },
    metrics: { ret: 1 / 3 },
    nonfinite: { "/params/bad": "NaN", "/metrics/m": "Infinity" },
  });
  assert.deepEqual(payload("baseline.completed"), {
    alerts_total: 10,
    alerts_ok: 9,
    artifact_path: "baseline.parquet",
  });
  assert.deepEqual(payload("artifact.created"), {
    artifact_type: "trades",
    artifact_path: "trades.parquet",
    size_bytes: 123,
  });
  assert.deepEqual(payload("run.completed"), {
    summary: { trials: 1 },
    artifact_paths: { trades: "trades.parquet" },
  });
  assert.deepEqual(rowsOf(ledger, "SELECT status FROM latest_runs"), [{ status: "completed" }]);
});

test("promises are not rejected, but what is lost is counted and told once", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("emit_wrongly.js", [ledger]).ended;
  assert.equal(code, 0);
  assert.equal(stdout, "3 failures, 3 dropped\n");
  assert.match(stderr, /^daybook: .*\/size_bytes: .*integer/m);
  assert.match(stderr, /^daybook: 3 calls have recorded nothing in the ledger/m);
  assert.equal(stderr.match(/found NaN/g)?.length, 1, stderr);
});

test("with strict they are", async () => {
  const emitter = new EventEmitter({ ledger: temporaryLedger(), strict: true });
  await assert.rejects(
    emitter.emitArtifactCreated("r1", "trades", "a.csv", NaN),
    (error: unknown) =>
      error instanceof DaybookError &&
      error.code === "invalid_argument" &&
      /\/size_bytes: .*integer/.test(error.message),
  );
  await assert.rejects(emitter.emitCustom("run.stared", "r1", {}), /run\.started/);
});

test("NaN is kept whichever function emits it", async () => {
  const ledger = temporaryLedger();
  const emitter = new EventEmitter({ ledger, strict: true });
  await emitter.emit("metric.recorded", "r1", { metrics: { loss: NaN, fine: 1 } });
  const metrics = { sharpe: -Infinity, a: 1 };
  await emitter.emit("trial.recorded", "r1", { trial_id: "t", params: {}, metrics });
  const events = eventsOf(ledger);
  const point = only(events, "metric.recorded");
  assert.deepEqual(point["metrics"], { fine: 1 });
  assert.deepEqual(point["nonfinite"], { "/metrics/loss": "NaN" });
  const trial = only(events, "trial.recorded");
  assert.deepEqual(trial["metrics"], { a: 1 });
  assert.deepEqual(trial["nonfinite"], { "/metrics/sharpe": "-Infinity" });
});

test("a wrong argument is named", async () => {
  const emitter = new EventEmitter({ ledger: temporaryLedger(), strict: true });
  const message = "/trial_id: found undefined, expected a text";
  await assert.rejects(emitter.emitTrialRecorded("r", undefined as never, {}, {}), { message });
  const list = "/params: found a list, expected an object";
  await assert.rejects(emitter.emitTrialRecorded("r", "t", [1] as never, {}), { message: list });
  await assert.rejects(emitter.emitRunStarted(5 as never), /\/run_id: found 5, expected a text/);
});

test("any event by its schema", async () => {
  const ledger = temporaryLedger();
  const emitter = new EventEmitter({ ledger, strict: true });
  await emitter.emit("metric.recorded", "r1", { metrics: { loss: 0.5 }, step: 3n });
  assert.equal(only(eventsOf(ledger), "metric.recorded")["step"], 3);
});
