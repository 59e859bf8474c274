// What a host notices of a disk that is full, of a ledger that cannot be written, of one that is gone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { startRun, type LedgerStats, type Run } from "../lib/index.js";
import {
  eventsOf,
  only,
  start,
  temporaryDirectory,
  temporaryLedger,
  typesOf,
  type Event,
} from "./support.js";

test("a full disk: the host goes on, what was kept is recorded when there is room", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("full_disk.js", [ledger]).ended;
  assert.equal(code, 0, stderr);
  const { before, during, after } = JSON.parse(stdout) as Record<string, Record<string, number>>;
  assert.equal(before?.["failures"], 0);
  assert.ok((during?.["kept"] ?? 0) > 0, stdout);
  assert.equal(after?.["kept"], 0);
  assert.equal(after?.["dropped"], 0);
  assert.ok((after?.["retried"] ?? 0) >= (during?.["kept"] ?? 0));
  // Once, whatever else failed.
  assert.equal(stderr.match(/^daybook: /gm)?.length, 1, stderr);
  const events = eventsOf(ledger);
  assert.equal(events.filter((event) => event.event_type === "trial.recorded").length, 300);
  only(events, "run.completed");
});

test("a full disk with strict: an error that says so", async () => {
  const { code, stdout } = await start("full_disk.js", [temporaryLedger(), "strict"]).ended;
  assert.equal(code, 0);
  assert.match(stdout, /^no_space: .+\n$/);
});

test("a ledger that cannot be made", () => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  const ledger = join(file, "ledger");
  assert.throws(() => startRun({ type: "p", ledger, strict: true }), (error: Error) => {
    return error.name === "DaybookError" && error.message.includes(ledger);
  });
});

test("without strict a host whose ledger cannot be made goes on, and is told at the end", async () => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  const { code, stdout, stderr } = await start("unheard.js", [join(file, "ledger")]).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^recorded 0, lost [1-9]\d*\n$/);
  assert.match(stderr, /^daybook: .*ledger/m);
  assert.match(stderr, /not in the ledger/);
});

test("a ledger that cannot be made is told once, however often it is asked for", async () => {
  const how = [join("/proc", "nowhere"), "emitter"];
  const { code, stderr } = await start("unheard.js", how).ended;
  assert.equal(code, 0, stderr);
  assert.equal(stderr.match(/^daybook: make directory/gm)?.length, 1, stderr);
});

test("with strict the program's own error travels on", async () => {
  const { code, stdout, stderr } = await start("own_error.js", [temporaryLedger()]).ended;
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "own sync,own async\n");
  assert.match(stderr, /^daybook: .*File too large/m);
});

test("a ledger that is deleted while it is open", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("deleted.js", [ledger]).ended;
  assert.equal(code, 0, stderr);
  const { failures, kept, lastFailure } = JSON.parse(stdout) as LedgerStats;
  assert.ok(failures > 0 && kept > 0, stdout);
  assert.match(lastFailure ?? "", /the ledger that was opened is no longer there/);
  assert.match(stderr, /^daybook: .*no longer there/m);
  assert.match(stderr, /not in the ledger/);
});

test("a ledger that was deleted and made anew is opened anew", () => {
  const ledger = temporaryLedger();
  const options = { type: "p", ledger, strict: true, capture: false };
  startRun(options).complete();
  rmSync(ledger, { recursive: true });
  startRun({ ...options, runId: "second" }).complete();
  const events = eventsOf(ledger);
  assert.deepEqual(typesOf(events), ["run.created", "run.started", "run.completed"]);
  assert.equal(only(events, "run.created").run_id, "second");
});

test("a working directory that has been deleted", () => {
  const ledger = temporaryLedger();
  const before = process.cwd();
  const gone = temporaryDirectory();
  process.chdir(gone);
  rmSync(gone, { recursive: true });
  try {
    startRun({ type: "p", ledger, strict: true, capture: false }).complete();
  } finally {
    process.chdir(before);
  }
  only(eventsOf(ledger), "run.completed");
});

test("ledgers that nobody has any more are closed", async () => {
  const flags = ["--expose-gc"];
  const run = start("many_ledgers.js", [temporaryDirectory()], {}, flags);
  const { code, stdout, stderr } = await run.ended;
  assert.equal(code, 0, stderr);
  const { before, during, after } = JSON.parse(stdout) as Record<string, number>;
  assert.ok((during as number) > (before as number), stdout);
  assert.ok((after as number) <= (before as number), stdout);
});

test("phases of an attached run that nobody has any more are freed", async () => {
  const { code, stdout, stderr } = await start("dropped.js", [temporaryLedger()], {}, [
    "--expose-gc",
  ]).ended;
  assert.equal(code, 0, stderr);
  const types = ["phase.started", "phase.completed"].map((type) => `"event_type":"${type}"`);
  assert.equal(stdout, `${types.join()}\n`);
});

test("what has no JSON form is counted, and run.completed says so", () => {
  const ledger = temporaryLedger();
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  let told = "";
  const run = silently((text) => (told += text), () => startRun({ type: "p", config: circle, ledger }));
  silently((text) => (told += text), () => run.recordTrial("t", { circle }, {}));
  run.recordTrial("fine", {}, {});
  assert.equal(run.stats().dropped, 2);
  assert.match(run.stats().lastFailure ?? "", /more than 62 levels/);
  run.complete();
  const events = eventsOf(ledger);
  assert.deepEqual(typesOf(events).slice(0, 2), ["run.created", "run.started"]);
  assert.equal(only(events, "trial.recorded")["trial_id"], "fine");
  assert.equal(only(events, "run.completed")["events_dropped"], 2);
});

test("an end goes without what cannot be recorded of it", () => {
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  const error = new TypeError("boom");
  Object.defineProperty(error, "stack", { value: 5 });
  const ends: ((run: Run) => void)[] = [
    (run) => run.fail(error, { summary: circle }),
    (run) => run.fail("boom", { summary: { text: "y".repeat(17 << 20) } }),
    (run) => run.complete(circle, { file: "a.csv" }),
    (run) => {
      run.phase("load", (phase) => phase.setSummary(circle));
      run.complete({ ok: 1 });
    },
  ];
  const events = ends.map((end) => {
    const ledger = temporaryLedger();
    const run = startRun({ type: "p", ledger, capture: false });
    end(run);
    assert.equal(run.open, false);
    assert.equal(run.stats().dropped, 1);
    return eventsOf(ledger);
  });
  const [failed, large, completed, phased] = events as [Event[], Event[], Event[], Event[]];
  const { message, kind } = only(failed, "run.failed")["error"] as Record<string, unknown>;
  assert.deepEqual([message, kind], ["boom", "TypeError"]);
  assert.equal(only(large, "run.failed")["events_dropped"], 1);
  assert.deepEqual(only(completed, "run.completed")["artifact_paths"], { file: "a.csv" });
  assert.deepEqual(only(phased, "phase.completed")["output_summary"], {});
  assert.deepEqual(only(phased, "run.completed")["summary"], { ok: 1 });
});

test("whatever is lost is counted in the run's end", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "p", ledger, capture: false });
  const bad = {
    get it(): number {
      throw new Error("of the program");
    },
  };
  run.addTable("t", [5 as never]);
  run.addArtifact("/no/such/file", "table");
  run.recordTrial("t", bad, {});
  assert.match(run.stats().lastFailure ?? "", /^\/params: found .*\(of the program\)/);
  run.log({ a: "text" as never });
  run.complete(bad);
  assert.equal(only(eventsOf(ledger), "run.completed")["events_dropped"], 5);
});

test("nothing in a value is thrown into a host that is not strict", () => {
  const ledger = temporaryLedger();
  const config = {
    toJSON(): never {
      throw new RangeError("of the program");
    },
  };
  const run = startRun({ type: "p", config, ledger, capture: false });
  run.complete();
  assert.match(run.stats().lastFailure ?? "", /^\/config: found .*of the program/);
  only(eventsOf(ledger), "run.completed");
});

/** JavaScript's own part of standard error; the library writes to the descriptor. */
function silently(hear: (text: string) => void, body: () => Run | void): Run {
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = ((text: string) => {
    hear(text);
    return true;
  }) as typeof process.stderr.write;
  try {
    return body() as Run;
  } finally {
    process.stderr.write = write;
  }
}

test("100 MB of configuration are left out, and the run goes on", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("large.js", [ledger]).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^invalid_argument: \/config: found 10\d{7} bytes, expected at most 16711680/);
  assert.match(stderr, /^daybook: \/config: found/m);
  const events = eventsOf(ledger);
  assert.deepEqual(only(events, "run.created")["config"], {});
  only(events, "trial.recorded");
  assert.equal(only(events, "run.completed")["events_dropped"], 1);
});

test("a million events in flat memory", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("million.js", [ledger]).ended;
  assert.equal(code, 0, stderr);
  const { early, late } = JSON.parse(stdout) as { early: number; late: number };
  // What no sync has covered yet is kept, up to 32 MiB; a slow disk fills that after the first look.
  assert.ok(late - early < 48 << 20, `${early >> 20} MiB after 600,000, ${late >> 20} at the end`);
  const count = execFileSync("sh", ["-c", `cat ${ledger}/events/day=*/*.jsonl | wc -l`]);
  assert.equal(Number(count), 1_000_003);
});
