// What a host notices of a disk that is full, of a ledger that cannot be written, of one that is gone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { startRun, type Run } from "../lib/index.js";
import { eventsOf, only, start, temporaryDirectory, temporaryLedger, typesOf } from "./support.js";

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

test("a ledger that is deleted while it is open", async () => {
  const ledger = temporaryLedger();
  const { code, stdout, stderr } = await start("deleted.js", [ledger]).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^went on\n$/);
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
  assert.ok(late - early < 16 << 20, `${early >> 20} MiB after 600,000, ${late >> 20} at the end`);
  const count = execFileSync("sh", ["-c", `cat ${ledger}/events/day=*/*.jsonl | wc -l`]);
  assert.equal(Number(count), 1_000_003);
});
