// Runs that are still open when their process or thread ends.
//
// Nothing here changes how the host ends.  At the exit it is only planned how open runs end: listeners
// of the host that come later may still end them.  addon/ending.cc does it when all have run.  Signals
// are seen by addon/signals.cc; a listener for one would be counted by the host's.
import { isMainThread } from "node:worker_threads";

import { failureOf, messageOf, phaseThatFailed, unthrown } from "./errors.js";
import { native, PlannedEnd } from "./native.js";

/** What a run must be able to do to be ended from outside. */
export interface Endable {
  readonly slot: number;
  /** Says what its open phases have to say when they complete. */
  planPhases(): void;
}

const SIGNALS: readonly (string | symbol)[] = ["SIGINT", "SIGTERM", "SIGHUP"];

const open = new Set<Endable>();
let hooked = false;
let crash: { error: unknown } | undefined;

/** From now on `run` is ended if it is still open when the process ends. */
export function hold(run: Endable): void {
  hook();
  open.add(run);
  native().watchRun(run.slot);
}

export function release(run: Endable): void {
  if (open.delete(run)) native().unwatchRun(run.slot);
}

/** Looks on from now on. */
export function hook(): void {
  if (hooked) return;
  hooked = true;
  process.on("exit", planAll);
  process.on("uncaughtExceptionMonitor", noteCrash);
  if (isMainThread) followTheHostsHandlers();
}

/** What ends the process; where the host handles it, only if the handler itself ends the process. */
function noteCrash(error: unknown): void {
  crash = { error };
  if (process.listenerCount("uncaughtException") === 0) return;
  setImmediate(() => (crash = undefined)).unref();
}

function planAll(code: number): void {
  planEnd(undefined, code);
  for (const run of open) {
    planEnd(run, code);
    // With `strict` too: what is thrown here would be the host's last words, and its exit code.
    unthrown(() => run.planPhases());
  }
}

function planEnd(run: Endable | undefined, code: number): void {
  const plan = (how: number, message: string, error?: unknown): void => {
    const failure = { ...failureOf(error), phaseName: phaseThatFailed(error) };
    native().planEnd(run?.slot, how, message, failure);
  };
  const signal = run === undefined ? undefined : native().handledSignal(run.slot);
  // After SIGHUP many read their configuration anew and go on.
  const isReload = signal === "SIGHUP" && code === 0;
  if (code !== 0 && crash !== undefined) {
    plan(PlannedEnd.failed, messageOf(crash.error), crash.error);
  } else if (signal !== undefined && !isReload) {
    plan(PlannedEnd.cancelled, `received ${signal}`);
  } else if (code !== 0) {
    plan(PlannedEnd.failed, `the process exited with code ${code}`);
  } else {
    plan(PlannedEnd.completed, "");
  }
}

/** A handler of the host comes on top of the addon's, or takes it away: then it is set anew. */
function followTheHostsHandlers(): void {
  const follow = (event: string | symbol): void => {
    if (SIGNALS.includes(event)) native().armSignals();
  };
  // Node's own listeners for these came first: the host's handler is there, or gone, by now.
  process.on("newListener", follow);
  process.on("removeListener", follow);
}
