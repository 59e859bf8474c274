// Runs that are still open when their process or thread ends.
//
// Nothing here changes how the host ends: hooks look on, and where the host has no handler of its
// own for a signal, addon/signals.cc ends the runs and lets the signal do what it does by default.
import { isMainThread } from "node:worker_threads";

import { messageOf } from "./errors.js";
import { native } from "./native.js";

/** What a run must be able to do to be ended from outside. */
export interface Endable {
  readonly slot: number;
  complete(): void;
  fail(error: unknown): void;
  cancel(reason: string): void;
  endImplicitly(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

const open = new Set<Endable>();
let hooked = false;
let crash: { error: unknown } | undefined;
let received: string | undefined;

/** From now on `run` is ended if it is still open when the process ends. */
export function hold(run: Endable): void {
  if (!hooked) {
    hooked = true;
    process.on("exit", endAll);
    process.on("uncaughtExceptionMonitor", (error) => {
      crash = { error };
    });
    if (isMainThread) listenBesideTheHost();
  }
  open.add(run);
  native().watchRun(run.slot);
}

export function release(run: Endable): void {
  if (open.delete(run)) native().unwatchRun(run.slot);
}

/** The signal that the host is dealing with, if one has come. */
export function signalReceived(): string | undefined {
  return received;
}

function endAll(code: number): void {
  for (const run of [...open]) {
    try {
      endOne(run, code);
    } catch (error) {
      // With `strict` too: what is thrown here would be the host's last words, and its exit code.
      process.stderr.write(`daybook: ${messageOf(error)}\n`);
    }
  }
}

function endOne(run: Endable, code: number): void {
  if (received !== undefined) run.cancel(`received ${received}`);
  else if (code !== 0 && crash !== undefined) run.fail(crash.error);
  else if (code !== 0) run.fail(`the process exited with code ${code}`);
  else run.endImplicitly();
}

function note(signal: NodeJS.Signals): void {
  received = signal;
}

/**
 * Where the host handles a signal, what it does is its own affair; that the signal came is noted.  A
 * listener of ours alone would keep the signal from ending the process, so there is one only beside
 * the host's.
 */
function listenBesideTheHost(): void {
  const ours = (signal: Signal): number =>
    process.listeners(signal).filter((listener) => listener === note).length;
  const isSignal = (event: string | symbol): event is Signal =>
    (SIGNALS as readonly (string | symbol)[]).includes(event);

  for (const signal of SIGNALS) {
    if (process.listenerCount(signal) > 0) process.prependListener(signal, note);
  }
  process.on("newListener", (event: string | symbol, listener: unknown) => {
    if (isSignal(event) && listener !== note && ours(event) === 0) {
      process.prependListener(event, note);
    }
  });
  process.on("removeListener", (event: string | symbol, listener: unknown) => {
    if (!isSignal(event) || listener === note) return;
    if (process.listenerCount(event) === ours(event)) {
      process.removeListener(event, note);
      native().armSignals();
    }
  });
}
