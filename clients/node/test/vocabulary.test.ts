import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { startRun, withRun } from "../lib/index.js";
import { eventsOf, only, rowsOf, temporaryDirectory, temporaryLedger, typesOf } from "./support.js";

test("a run with phases, trials, metrics, tags, notes and an end", () => {
  const ledger = temporaryLedger();
  const run = startRun({
    type: "grid_search",
    config: { stop: [0.05, 0.1], nested: { a: null } },
    name: "first",
    experiment: "e",
    tags: { set: 1, live: false },
    seed: 7,
    dataFingerprint: "sha256:abc",
    ledger,
    strict: true,
  });
  run.phase("load", (phase) => phase.setSummary({ rows: 3 }));
  const fit = run.phase("fit");
  run.recordTrial("t1", { stop: 0.05, kind: "fixed" }, { sharpe: 1.25, n: 3 });
  run.trial(2, { stop: 0.1 }, { sharpe: -0.5 }, {
    state: "pruned",
    feasible: false,
    violations: ["drawdown", "turnover"],
    durationMs: 12,
    startedAtMs: 1_700_000_000_000,
    error: new Error("late"),
  });
  run.recordMetrics({ "train/loss": 0.5 });
  run.log({ "train/loss": 0.25 }, { trialId: "t1" });
  run.log({ "train/loss": 0.125 }, { step: 10 });
  fit.complete({ best: "t1" });
  run.phase("fit", { order: 1 }).fail("not again");
  run.tag({ set: null, reviewed: "yes" });
  run.note("looks good", "me");
  run.complete({ best: 1.25 }, { report: "report.html" });

  const events = eventsOf(ledger);
  const created = only(events, "run.created");
  assert.deepEqual(created["config"], { stop: [0.05, 0.1], nested: { a: null } });
  assert.equal(created["seed"], 7);
  assert.equal(created["name"], "first");
  assert.equal(created["data_fingerprint"], "sha256:abc");
  assert.deepEqual(
    rowsOf(ledger, "SELECT run_type, status, trials, summary_json FROM latest_runs")[0],
    { run_type: "grid_search", status: "completed", trials: 2, summary_json: { best: 1.25 } },
  );
  assert.deepEqual(
    events.filter((e) => e.event_type.startsWith("phase.")).map((e) => [
      e.event_type, e["phase_name"], e["phase_order"], e["iteration"],
    ]),
    [
      ["phase.started", "load", 0, 0],
      ["phase.completed", "load", 0, 0],
      ["phase.started", "fit", 1, 0],
      ["phase.completed", "fit", 1, 0],
      ["phase.started", "fit", 1, 1],
      ["phase.failed", "fit", 1, 1],
    ],
  );
  const [first, second] = events.filter((e) => e.event_type === "trial.recorded");
  assert.deepEqual(first?.["params"], { stop: 0.05, kind: "fixed" });
  assert.deepEqual(first?.["metrics"], { sharpe: 1.25, n: 3 });
  assert.equal(second?.["trial_id"], "2");
  assert.equal(second?.["state"], "pruned");
  assert.equal(second?.["feasible"], false);
  assert.deepEqual(second?.["violations"], ["drawdown", "turnover"]);
  assert.equal(second?.["duration_ms"], 12);
  assert.equal(second?.["started_at_ms"], 1_700_000_000_000);
  assert.deepEqual(second?.["error"], { message: "late" });
  assert.deepEqual(
    events.filter((e) => e.event_type === "metric.recorded").map((e) => e["step"]),
    [0, 1, 10],
  );
});

test("a run ends once, and says so", () => {
  const run = startRun({ type: "policy", ledger: temporaryLedger(), strict: true });
  run.complete();
  assert.equal(run.open, false);
  assert.throws(() => run.fail("too late"), {
    name: "DaybookError",
    code: "invalid_argument",
    message: `end run ${run.id}: it has ended already`,
  });
});

test("a run is cancelled for whatever is given", () => {
  const ledger = temporaryLedger();
  startRun({ type: "policy", ledger, capture: false }).cancel(new Error("too late") as never);
  assert.equal(only(eventsOf(ledger), "run.cancelled")["reason"], "too late");
});

test("withRun completes, fails and cancels, and what was thrown travels on", async () => {
  const ledger = temporaryLedger();
  const options = { type: "policy", ledger, strict: true };
  assert.equal(withRun(options, () => 5), 5);
  assert.equal(await withRun(options, () => Promise.resolve(6)), 6);
  assert.throws(() => withRun(options, (run) => run.phase("load", () => fails("sync"))), /sync/);
  await assert.rejects(
    withRun(options, (run) =>
      run.phase("load", async () => {
        await Promise.resolve();
        fails("async");
      }),
    ),
    /async/,
  );
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(withRun(options, async () => Promise.resolve(abort.signal.throwIfAborted())));
  withRun(options, (run) => run.fail("said by itself"));

  const ends = eventsOf(ledger).filter((e) => /^run\.(completed|failed|cancelled)/.test(e.event_type));
  assert.deepEqual(typesOf(ends), [
    "run.completed", "run.completed", "run.failed", "run.failed", "run.cancelled", "run.failed",
  ]);
  const error = ends[2]?.["error"] as Record<string, string>;
  assert.equal(error["message"], "sync");
  assert.equal(error["kind"], "RangeError");
  assert.equal(error["phase_name"], "load");
  assert.match(String(error["trace"]), /vocabulary\.test/);
});

function fails(message: string): never {
  throw new RangeError(message);
}

test("phases end with their blocks, and open ones with their run", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "policy", ledger, strict: true });
  if (typeof Symbol.dispose === "symbol") {
    const phase = run.phase("block");
    phase[Symbol.dispose]();
  }
  run.phase("open");
  run.fail(new Error("broken"));
  const failed = only(eventsOf(ledger), "phase.failed");
  assert.equal(failed["phase_name"], "open");
});

test("artifacts and tables", () => {
  const ledger = temporaryLedger();
  const elsewhere = temporaryDirectory();
  mkdirSync(elsewhere, { recursive: true });
  writeFileSync(join(elsewhere, "trades.csv"), "a,b\n1,2\n");
  const run = startRun({ type: "policy", ledger, strict: true });
  run.addArtifact(join(elsewhere, "trades.csv"), "trades", { rows: 1 });
  assert.throws(() => run.addArtifact(join(elsewhere, "none.csv"), "trades"), {
    code: "not_found",
    message: /none\.csv/,
  });
  run.complete();
  const artifact = only(eventsOf(ledger), "artifact.created");
  assert.equal(artifact["size_bytes"], 8);
  assert.equal(artifact["format"], "csv");
  assert.equal(artifact["rows"], 1);
});

test("an artifact that is copied outlives its file", () => {
  const ledger = temporaryLedger();
  const elsewhere = temporaryDirectory();
  mkdirSync(elsewhere, { recursive: true });
  const path = join(elsewhere, "model.bin");
  writeFileSync(path, "abc");
  const run = startRun({ type: "policy", ledger, strict: true });
  run.addArtifact(path, "model", { copy: true });
  assert.throws(() => run.addArtifact(path, "model", { copy: 1 as never }), /\/copy/);
  run.complete();
  rmSync(path);
  const artifact = only(eventsOf(ledger), "artifact.created");
  assert.equal(artifact["original_path"], path);
  assert.equal(
    artifact["artifact_path"],
    "artifacts/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal(readFileSync(join(ledger, String(artifact["artifact_path"])), "utf8"), "abc");
});

test("a second table of a name replaces nothing", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "policy", ledger, strict: true });
  run.addTable("t", [{ a: 1 }]);
  run.addTable("t", [{ a: 2 }]);
  assert.throws(() => run.addTable("t", [5 as never]));
  run.complete();
  const directory = join(run.artifactDirectory(), "tables");
  assert.deepEqual(readdirSync(directory).sort(), ["t-2.ndjson", "t.ndjson"]);
  assert.equal(readFileSync(join(directory, "t.ndjson"), "utf8"), '{"a":1}\n');
  assert.equal(readFileSync(join(directory, "t-2.ndjson"), "utf8"), '{"a":2}\n');
});

test("a duration that is no number is refused by what was found", () => {
  const run = startRun({ type: "policy", ledger: temporaryLedger(), strict: true });
  const options = { durationMs: "x" as never };
  assert.throws(() => run.trial("t", {}, {}, options), /duration_ms: found "x", expected an integer/);
  run.complete();
});

test("tables", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "policy", ledger, strict: true });
  function* rows(): Generator<object> {
    for (let i = 0; i < 20_000; ++i) yield { i, at: new Date(i), price: i % 2 ? i / 3 : NaN };
  }
  run.addTable("trades", rows());
  assert.throws(() => run.addTable("../up", []), { message: /found the name "\.\.\/up"/ });
  assert.throws(() => run.addTable("bad", undefined as never), /table bad: found undefined/);
  const files = readdirSync("/proc/self/fd").length;
  assert.throws(() => run.addTable("bad", [{ a: 1 }, 5 as never]), /table bad: row 1: found 5/);
  assert.equal(readdirSync("/proc/self/fd").length, files);
  run.complete();
  const artifact = only(eventsOf(ledger), "artifact.created");
  assert.deepEqual([artifact["artifact_type"], artifact["rows"], artifact["format"]], ["table", 20_000, "ndjson"]);
  const directory = run.artifactDirectory();
  assert.ok(directory.startsWith(ledger));
  assert.deepEqual(readdirSync(join(directory, "tables")), ["trades.ndjson"]);
  assert.equal(join(ledger, String(artifact["artifact_path"])), join(directory, "tables/trades.ndjson"));
  const lines = readFileSync(join(directory, "tables/trades.ndjson"), "utf8").trimEnd().split("\n");
  assert.equal(lines.length, 20_000);
  assert.equal(lines[1], '{"i":1,"at":"1970-01-01T00:00:00.001Z","price":0.3333333333333333}');
  assert.equal(lines[2], '{"i":2,"at":"1970-01-01T00:00:00.002Z","price":null}');
});

test("batches are written when the call returns", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "policy", ledger, strict: true });
  run.recordTrials(
    Array.from({ length: 500 }, (_, i) => ({ id: `t${i}`, params: { i }, metrics: { m: i / 3 } })),
  );
  run.recordPoints(Array.from({ length: 300 }, (_, i) => ({ metrics: { loss: 1 / (i + 1) } })));
  const events = eventsOf(ledger);
  const trials = events.filter((e) => e.event_type === "trial.recorded");
  assert.equal(trials.length, 500);
  assert.deepEqual(trials[7]?.["metrics"], { m: 7 / 3 });
  const points = events.filter((e) => e.event_type === "metric.recorded");
  assert.deepEqual(points.map((e) => e["step"]), Array.from({ length: 300 }, (_, i) => i));
  run.complete();
});

test("of a batch that breaks off all is written that came before", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "policy", ledger, strict: true, capture: false });
  function* points(): Generator<{ metrics: { loss: number } }> {
    yield { metrics: { loss: 1 } };
    fails("of the program");
  }
  assert.throws(() => run.recordPoints(points()), /of the program/);
  const wrong = { id: {} as never, params: {}, metrics: {} };
  assert.throws(() => run.recordTrials([{ ...wrong, id: "t" }, wrong]), /\/trial_id: found an object/);
  const types = typesOf(eventsOf(ledger));
  assert.deepEqual(types.slice(2), ["metric.recorded", "trial.recorded"]);
  run.complete();
});

test("what is wrong with the options of a run is said", () => {
  const ledger = temporaryLedger();
  const wrong = (options: object, message: RegExp): void => {
    assert.throws(() => startRun(options as never), { name: "DaybookError", message });
  };
  wrong({ ledger }, /type: found none, expected a name such as "policy"/);
  wrong({ ledger, type: "p", seed: 0.5 }, /seed: found 0\.5, expected an integer/);
  wrong({ ledger, type: "p", nan: "drop" }, /nan: found "drop", expected "keep" or "refuse"/);
  wrong({ ledger, type: "p", heartbeatMs: -1 }, /heartbeatMs: found -1/);
  wrong({ ledger: "", type: "p" }, /ledger: found "", expected a directory/);
  wrong({ ledger: `${ledger}\0`, type: "p" }, /ledger: found ".*\\u0000", expected a directory/);
});
