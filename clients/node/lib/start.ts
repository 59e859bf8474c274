import { argv, env, execArgv, execPath } from "node:process";

import { recordEnvironment, versions } from "./capture.js";
import { DaybookError } from "./errors.js";
import type { NanPolicy } from "./frame.js";
import { describe, isInteger, objectJson } from "./json.js";
import { openLedger, type Ledger, type LedgerOptions } from "./ledger.js";
import { native, type NativeSpec } from "./native.js";
import { isPromise } from "./promise.js";
import { Run } from "./run.js";
import type { Tags, Values } from "./values.js";

/** How values are recorded in a run. */
export interface RecordingOptions extends LedgerOptions {
  /**
   * What becomes of NaN and infinities, for which JSON has no form.  Default `keep`: they are kept
   * under `nonfinite`.  `refuse`: the trial or point that has one is not recorded.
   */
  nan?: NanPolicy;
}

/** What a run is when it starts. */
export interface StartOptions extends RecordingOptions {
  /** What kind of run, such as `policy` or `grid_search`; any name. */
  type: string;
  /** Everything that determines its result. */
  config?: Values;
  /** Its name, for people. */
  name?: string;
  /** What it belongs to. */
  experiment?: string;
  tags?: Tags;
  seed?: number | bigint;
  /** Identifies the input data. */
  dataFingerprint?: string;
  /** Default: made up. */
  runId?: string;
  /** Default: `DAYBOOK_RUN_ID` of the environment, if that is set. */
  parentRunId?: string;
  /**
   * Whether host, user, directory, command line and versions are recorded, and then the state of the
   * code: commit, what differs from it, versions of packages.  Default true.
   */
  capture?: boolean;
  /** Record so often that the run is alive, for judges on other machines.  Default 0: never. */
  heartbeatMs?: number;
  /** Attach to the run that `DAYBOOK_RUN_ID` of the environment names, if it is set. */
  join?: boolean;
}

/**
 * Starts a run.
 *
 * A run that is still open when its process ends is ended then: completed with `implicit_end` at a
 * normal exit, failed after an uncaught exception or another exit code, cancelled after SIGINT, SIGTERM
 * or SIGHUP.
 */
export function startRun(options: StartOptions): Run {
  checkStart(options);
  const joined = options.join === true ? env["DAYBOOK_RUN_ID"] : undefined;
  if (joined) return attach(joined, options);
  const ledger = openLedger(options);
  const refused: unknown[] = [];
  const spec = specOf(options, ledger.strict, refused);
  const run = startIn(ledger, spec, options.nan ?? "keep");
  for (const error of refused) run.failed(error);
  if (spec.capture && run.slot >= 0) recordEnvironment(run);
  return run;
}

/**
 * Joins a run that another thread or process has started: records to it, never ends it.  `complete()`
 * and its like must not be called; phases need their `order`.
 */
export function attach(runId: string, options: RecordingOptions = {}): Run {
  if (typeof runId !== "string" || runId === "") {
    const found = runId === undefined ? "none" : describe(runId);
    throw new DaybookError("invalid_argument", `attach: found ${found}, expected a run's id`);
  }
  const ledger = openLedger(options);
  const slot = slotOf(ledger, () => native().attach(ledger.slot, runId));
  return new Run(ledger, slot, runId, true, options.nan ?? "keep");
}

/**
 * Runs `body` as a run: completed when it returns or its promise is fulfilled, unless it has ended
 * the run itself; cancelled when an AbortError is thrown; failed when anything else is.  What was
 * thrown travels on.
 */
export function withRun<T>(options: StartOptions, body: (run: Run) => T): T {
  const run = startRun(options);
  const done = (): void => {
    if (run.open && !run.attached) run.complete();
  };
  const left = (error: unknown): never => {
    if (!run.attached) run.endBy(error);
    throw error;
  };
  let result: T;
  try {
    result = body(run);
  } catch (error) {
    return left(error);
  }
  if (!isPromise(result)) {
    done();
    return result;
  }
  return result.then((value: unknown) => {
    done();
    return value;
  }, left) as T;
}

/** Mistakes in the program itself, thrown whatever the policy is: there is no run to count them in. */
function checkStart(options: StartOptions): void {
  const wrong = (message: string): never => {
    throw new DaybookError("invalid_argument", `start run: ${message}`);
  };
  if (typeof options !== "object" || options === null) {
    wrong(`found ${describe(options)}, expected options such as { type: "policy" }`);
  }
  const { type, seed, heartbeatMs, nan } = options;
  if (typeof type !== "string" || type === "") {
    wrong(`type: found ${type === undefined ? "none" : describe(type)}, expected a name such as "policy"`);
  }
  if (seed !== undefined && !isInteger(seed)) {
    wrong(`seed: found ${describe(seed)}, expected an integer of at most 2^53, or a BigInt of 64 bits`);
  }
  for (const text of ["name", "experiment", "dataFingerprint", "runId", "parentRunId"] as const) {
    const found: unknown = options[text];
    if (found !== undefined && typeof found !== "string") {
      wrong(`${text}: found ${describe(found)}, expected a text`);
    }
  }
  if (heartbeatMs !== undefined && !(Number.isSafeInteger(heartbeatMs) && heartbeatMs >= 0)) {
    wrong(`heartbeatMs: found ${describe(heartbeatMs)}, expected milliseconds, or 0 for never`);
  }
  if (nan !== undefined && nan !== "keep" && nan !== "refuse") {
    wrong(`nan: found ${describe(nan)}, expected "keep" or "refuse"`);
  }
}

/**
 * A configuration that has no JSON form, or is larger than an event may be, must not cost the run: it
 * goes without, and that is counted.
 */
function specOf(options: StartOptions, strict: boolean, refused: unknown[]): NativeSpec {
  const json = (value: unknown, pointer: string): string | undefined => {
    try {
      return objectJson(value, pointer);
    } catch (thrown) {
      if (strict) throw thrown;
      refused.push(thrown);
      return undefined;
    }
  };
  return {
    type: options.type,
    config: json(options.config, "/config") ?? "{}",
    dataFingerprint: options.dataFingerprint,
    runId: options.runId,
    name: options.name,
    experiment: options.experiment,
    parentRunId: options.parentRunId ?? parentOfEnvironment(options.runId),
    tags: json(options.tags, "/tags"),
    versions: JSON.stringify(versions()),
    argv: [execPath, ...execArgv, ...argv.slice(1)],
    seed: options.seed,
    capture: options.capture !== false,
    heartbeatMs: options.heartbeatMs,
  };
}

/** Read here and not in the library, because a Worker may have an environment of its own. */
function parentOfEnvironment(runId: string | undefined): string | undefined {
  const parent = env["DAYBOOK_RUN_ID"];
  return parent && parent !== runId ? parent : undefined;
}

/** -1, and that is counted or thrown, if there is none. */
function slotOf(ledger: Ledger, begin: () => number): number {
  try {
    return begin();
  } catch (thrown) {
    ledger.failed(thrown);
    return -1;
  }
}

function startIn(ledger: Ledger, spec: NativeSpec, nan: NanPolicy): Run {
  const slot = slotOf(ledger, () => native().startRun(ledger.slot, spec));
  const id = slot >= 0 ? native().runId(slot) : (spec.runId ?? "not-recorded");
  return new Run(ledger, slot, id, false, nan);
}
