// How a run ends when its process or thread does.
import assert from "node:assert/strict";
import { test } from "node:test";

import { eventsOf, only, printed, start, temporaryLedger, typesOf, type Ended, type Event } from "./support.js";

const ENDS = /^run\.(completed|failed|cancelled|interrupted)$/;

interface Outcome extends Ended {
  events: Event[];
  /** The one event that ended a run. */
  end: Event;
}

/** Runs programs/host.js until it ends; `signals` are sent whenever it is ready for one. */
async function host(how: string, signals: NodeJS.Signals[] = []): Promise<Outcome> {
  const ledger = temporaryLedger();
  const { process: child, ended } = start("host.js", [ledger, how]);
  for (const signal of signals) {
    await printed(child, "ready");
    child.kill(signal);
  }
  const how_ended = await ended;
  const events = eventsOf(ledger);
  const ends = events.filter((event) => ENDS.test(event.event_type));
  assert.equal(ends.length, 1, `${how_ended.stderr}\n${JSON.stringify(ends)}`);
  return { ...how_ended, events, end: ends[0] as Event };
}

test("a program that just ends: completed, and that nobody said so", async () => {
  for (const how of ["return", "exit0"]) {
    const { code, stderr, end } = await host(how);
    assert.deepEqual([code, stderr, end.event_type], [0, "", "run.completed"]);
    assert.equal(end["implicit_end"], true);
  }
});

test("another exit code: failed", async () => {
  const { code, end } = await host("exit3");
  assert.deepEqual([code, end.event_type], [3, "run.failed"]);
  assert.equal((end["error"] as Event)["message"], "the process exited with code 3");
});

test("a phase of a run that was attached to ends as its process does", async () => {
  const { code, events } = await host("attached_exit3");
  assert.equal(code, 3);
  const { phase_name: name, error } = only(events, "phase.failed");
  assert.deepEqual([name, (error as Event)["message"]], ["open", "the process exited with code 3"]);
});

test("an exception that nobody catches: failed, and it travels on", async () => {
  for (const [how, message] of [["throw", "not caught"], ["reject", "not handled"]] as const) {
    const { code, stderr, end } = await host(how);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`TypeError: ${message}`));
    assert.equal(end.event_type, "run.failed");
    const error = end["error"] as Event;
    assert.deepEqual([error["message"], error["kind"]], [message, "TypeError"]);
    assert.match(String(error["trace"]), /host\.js/);
  }
});

test("an exception that the host handles ends nothing", async () => {
  const { code, end, events } = await host("survive");
  assert.deepEqual([code, end.event_type], [0, "run.completed"]);
  assert.deepEqual(only(events, "metric.recorded")["metrics"], { after: 1 });
});

test("signals: cancelled, and the process dies of the signal", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const { code, signal: by, end, stderr } = await host("idle", [signal]);
    assert.deepEqual([code, by, end.event_type, stderr], [null, signal, "run.cancelled", ""]);
    assert.equal(end["reason"], `received ${signal}`);
  }
});

test("signals while the event loop stands still", async () => {
  const { signal, end } = await host("busy", ["SIGINT"]);
  assert.deepEqual([signal, end.event_type], ["SIGINT", "run.cancelled"]);
});

test("a signal after the run has ended has its default", async () => {
  const { signal, end } = await host("ended", ["SIGTERM"]);
  assert.deepEqual([signal, end.event_type], ["SIGTERM", "run.completed"]);
});

test("where the host handles a signal, its handler runs, and the run was cancelled", async () => {
  const { code, stdout, end } = await host("handler", ["SIGINT"]);
  assert.equal(code, 0);
  assert.match(stdout, /the host's handler/);
  assert.deepEqual([end.event_type, end["reason"]], ["run.cancelled", "received SIGINT"]);
});

test("a handler that comes later and goes again", async () => {
  const { signal, stdout, end } = await host("late_handler", ["SIGINT", "SIGINT"]);
  assert.match(stdout, /the host's handler/);
  assert.deepEqual([signal, end.event_type], ["SIGINT", "run.cancelled"]);
});

test("what a handler says of the run counts", async () => {
  const { code, end } = await host("completes", ["SIGTERM"]);
  assert.deepEqual([code, end.event_type], [0, "run.completed"]);
  assert.deepEqual(end["summary"], { trials: 0 });
});

test("withRun: a signal says why something was aborted, and of an error nothing", async () => {
  const aborted = await host("with_run_aborts", ["SIGINT"]);
  assert.deepEqual([aborted.code, aborted.end.event_type], [130, "run.cancelled"]);
  assert.equal(aborted.end["reason"], "received SIGINT");
  assert.deepEqual(only(aborted.events, "metric.recorded")["metrics"], { signalled: 1 });
  const failed = await host("with_run_fails", ["SIGHUP"]);
  assert.deepEqual([failed.code, failed.end.event_type], [3, "run.failed"]);
  const { message, kind } = failed.end["error"] as Event;
  assert.deepEqual([message, kind], ["much later", "TypeError"]);
});

test("listeners of the host for the exit come first, whenever they were added", async () => {
  const { code, end } = await host("exit_listener");
  assert.deepEqual([code, end.event_type, end["implicit_end"]], [0, "run.completed", undefined]);
  assert.deepEqual(end["summary"], { said: "last" });
});

test("there is no listener for a signal but the host's: others count them", async () => {
  const { code, stdout } = await host("listeners");
  assert.deepEqual([code, stdout], [0, "1,1,0\n"]);
});

test("a signal that the host has dealt with colours nothing else", async () => {
  const reload = await host("reload", ["SIGHUP"]);
  assert.deepEqual([reload.code, reload.end.event_type], [0, "run.completed"]);
  const crash = await host("crash_after_signal", ["SIGTERM"]);
  assert.deepEqual([crash.code, crash.end.event_type], [1, "run.failed"]);
  assert.equal((crash.end["error"] as Event)["message"], "much later");
});

test("a run that was started after a signal knows nothing of it", async () => {
  const ledger = temporaryLedger();
  const { process: child, ended } = start("host.js", [ledger, "run_after_signal"]);
  await printed(child, "ready");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
  const ends = eventsOf(ledger).filter((event) => ENDS.test(event.event_type));
  assert.deepEqual(typesOf(ends), ["run.completed", "run.completed"]);
});

test("two copies of the package: a signal cancels the runs of both", async () => {
  const ledger = temporaryLedger();
  const { process: child, ended } = start("host.js", [ledger, "two_copies"]);
  await printed(child, "ready");
  child.kill("SIGINT");
  assert.equal((await ended).signal, "SIGINT");
  const ends = eventsOf(ledger).filter((event) => ENDS.test(event.event_type));
  assert.deepEqual(typesOf(ends), ["run.cancelled", "run.cancelled"]);
});

test("an exception that the host handles is not why it ends later", async () => {
  const later = (await host("exit_after_handled")).end["error"] as Event;
  assert.equal(later["message"], "the process exited with code 3");
  const at_once = (await host("exit_in_handler")).end["error"] as Event;
  assert.deepEqual([at_once["message"], at_once["kind"]], ["ends the host", "TypeError"]);
});

test("with strict an end that cannot be recorded is told", async () => {
  const { code, stderr } = await start("host.js", [temporaryLedger(), "full_at_exit"]).ended;
  assert.equal(code, 0);
  assert.match(stderr, /^daybook: .*File too large/m);
});

test("kill -9 loses nothing that was recorded", async () => {
  const ledger = temporaryLedger();
  const { process: child, ended } = start("host.js", [ledger, "trials"]);
  await printed(child, "ready");
  child.kill("SIGKILL");
  assert.equal((await ended).signal, "SIGKILL");
  const events = eventsOf(ledger);
  const trials = events.filter((event) => event.event_type === "trial.recorded");
  assert.ok(trials.length >= 1001);
  assert.deepEqual(trials.map((event) => event["trial_id"]), trials.map((_, i) => `t${i}`));
  assert.ok(!events.some((event) => ENDS.test(event.event_type)));
});

test("a worker thread has runs of its own", async () => {
  const { code, end, stderr } = await host("worker");
  assert.deepEqual([code, stderr, end.event_type], [0, "", "run.completed"]);
  assert.equal(end["implicit_end"], true);
});

test("a worker that is terminated: cancelled, its phase failed", async () => {
  const { code, end, events } = await host("terminated_worker");
  assert.deepEqual([code, end.event_type], [0, "run.cancelled"]);
  assert.equal(end["reason"], "the thread was terminated");
  assert.equal(only(events, "phase.failed")["phase_name"], "open");
});

test("a signal ends the runs of all threads", async () => {
  const { signal, end } = await host("worker_signal", ["SIGINT"]);
  assert.deepEqual([signal, end.event_type, end["reason"]], ["SIGINT", "run.cancelled", "received SIGINT"]);
});

test("a worker attaches to a run, joins it, and starts a child of it", async () => {
  const ledger = temporaryLedger();
  const { code, stderr } = await start("host.js", [ledger, "attached_worker"]).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  const events = eventsOf(ledger);
  const [parent, child] = events.filter((event) => event.event_type === "run.created");
  assert.equal(child?.["parent_run_id"], parent?.run_id);
  const of_parent = events.filter((event) => event.run_id === parent?.run_id);
  assert.equal(of_parent.filter((event) => event.event_type === "trial.recorded").length, 1000);
  assert.deepEqual(only(of_parent, "metric.recorded")["metrics"], { joined: 1 });
  only(of_parent, "run.completed");
});
