import {
  asDaybookError,
  DaybookError,
  failureOf,
  messageOf,
  phaseThatFailed,
  unthrown,
} from "./errors.js";
import { hold, hook, release } from "./exit.js";
import { withFrame, type NanPolicy } from "./frame.js";
import {
  checkFlag,
  checkInteger,
  checkText,
  ConversionError,
  describe,
  OBJECT_BYTES_MAX,
  objectJson,
} from "./json.js";
import type { Ledger, LedgerStats } from "./ledger.js";
import { DURABILITIES, native, type Durability, type NativeTrialExtras } from "./native.js";
import { Phase, type PhaseOptions } from "./phase.js";
import { writeTable } from "./table.js";
import type {
  ArtifactOptions,
  MetricOptions,
  Metrics,
  Numbers,
  Outcome,
  Point,
  Tags,
  Trial,
  TrialOptions,
  Values,
} from "./values.js";

const TRIAL_ID_CHARACTERS_MAX = 65_536;
const BUFFERED = DURABILITIES.buffered;

/**
 * A run that is going on.
 *
 * Its calls are synchronous: each takes microseconds and has written when it returns, so that what it
 * has recorded survives the death of the process.  A run belongs to the thread that has started it;
 * others attach to it by its id.  What cannot be recorded is counted, or thrown if the ledger was
 * opened with `strict`.
 */
export class Run {
  /** Its id in the ledger. */
  readonly id: string;
  /** Whether it was started elsewhere.  Such a run never ends here. */
  readonly attached: boolean;
  /** @internal */
  readonly slot: number;
  private readonly ledger: Ledger;
  private readonly nan: NanPolicy;
  private readonly openPhases = new Set<Phase>();
  private isOpen = true;

  /** @internal Use startRun() or attach(). */
  constructor(ledger: Ledger, slot: number, id: string, attached: boolean, nan: NanPolicy) {
    this.ledger = ledger;
    this.slot = slot;
    this.id = id;
    this.attached = attached;
    this.nan = nan;
    if (slot < 0) return;
    handles.register(this, slot, this);
    if (attached) hook();
    else hold(this);
  }

  /** The directory of the ledger that it is recorded in. */
  get ledgerDirectory(): string {
    return this.ledger.directory;
  }

  /** Whether it has not been ended, by this object. */
  get open(): boolean {
    return this.isOpen;
  }

  /** Environment of a child process or Worker whose own runs are to belong to this one. */
  env(): { DAYBOOK_RUN_ID: string; DAYBOOK_LEDGER: string } {
    return { DAYBOOK_RUN_ID: this.id, DAYBOOK_LEDGER: this.ledger.directory };
  }

  /** Records one trial: a point of a search, and what it measured. */
  recordTrial(id: string | number, params: Values, metrics: Metrics, options?: TrialOptions): void {
    try {
      if (options === undefined) this.putTrial(id, params, metrics, 0, undefined);
      else {
        const durability = durabilityOf(options.durability);
        this.putTrial(id, params, metrics, durability, extrasOf(options));
      }
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** {@link recordTrial}, short. */
  trial(id: string | number, params: Values, metrics: Metrics, options?: TrialOptions): void {
    this.recordTrial(id, params, metrics, options);
  }

  /** Records many trials, written together: all of them have been when it returns. */
  recordTrials(trials: Iterable<Trial>): void {
    this.recordAll(trials, "/trials", (trial) => {
      this.putTrial(trial.id, trial.params, trial.metrics, BUFFERED, extrasOf(trial));
    });
  }

  /** Records one point of one or more curves. */
  recordMetrics<M extends Numbers<M>>(metrics: M, options?: MetricOptions): void {
    try {
      this.putMetrics(metrics, options, durabilityOf(options?.durability));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** {@link recordMetrics}, short. */
  log<M extends Numbers<M>>(metrics: M, options?: MetricOptions): void {
    this.recordMetrics(metrics, options);
  }

  /** Records many points, written together. */
  recordPoints(points: Iterable<Point>): void {
    this.recordAll(points, "/points", (point) => {
      this.putMetrics(point.metrics, point, BUFFERED);
    });
  }

  /**
   * Records a file that the run has made.  It must exist: its size and SHA-256 are taken now, which
   * reads it whole.
   */
  addArtifact(path: string, type: string, options: ArtifactOptions = {}): void {
    this.attempt(() => {
      checkText(path, "/artifact_path");
      checkText(type, "/artifact_type");
      if (options.rows !== undefined) checkInteger(options.rows, "/rows");
      if (options.format !== undefined) checkText(options.format, "/format");
      if (options.trialId !== undefined) checkText(options.trialId, "/trial_id");
      if (options.copy !== undefined) checkFlag(options.copy, "/copy");
      native().addArtifact(this.slot, path, type, options);
    });
  }

  /**
   * Writes rows as `tables/<name>.ndjson` into the run's artifact directory and records the file;
   * a second table of the name is `tables/<name>-2.ndjson`, and so on.
   * Rows are objects with the same fields; NaN and infinities become null there.
   */
  addTable(name: string, rows: Iterable<object>): void {
    this.attempt(() => {
      const table = writeTable(native().artifactDirectory(this.slot), name, rows);
      native().addArtifact(this.slot, table.path, "table", { rows: table.rows, format: "ndjson" });
    });
  }

  /**
   * Where the run's files belong: a directory inside the ledger, made if need be.  Throws a
   * {@link DaybookError} where it cannot be made, with or without `strict`.
   */
  artifactDirectory(): string {
    try {
      return native().artifactDirectory(this.slot);
    } catch (thrown) {
      throw asDaybookError(thrown);
    }
  }

  /** Sets tags; null removes one. */
  tag(tags: Tags): void {
    this.attempt(() => native().tag(this.slot, objectJson(tags, "/tags") ?? "{}"));
  }

  note(text: string, author?: string): void {
    this.attempt(() => {
      checkText(text, "/text");
      if (author !== undefined) checkText(author, "/author");
      native().note(this.slot, text, author);
    });
  }

  /**
   * Begins a phase, to be ended by its complete() or fail(), or at the end of a `using` block.  A
   * name's first use takes the next order from 0, each re-use is its next iteration.  In a run that
   * was attached to, `order` must be given.
   */
  phase(name: string, options?: PhaseOptions): Phase;
  /**
   * Runs `body` as a phase: completed when it returns or its promise is fulfilled, failed when it
   * throws or is rejected, which then travels on.
   */
  phase<T>(name: string, body: (phase: Phase) => T): T;
  phase<T>(name: string, options: PhaseOptions, body: (phase: Phase) => T): T;
  phase<T>(
    name: string,
    optionsOrBody?: PhaseOptions | ((phase: Phase) => T),
    body?: (phase: Phase) => T,
  ): Phase | T {
    const given = typeof optionsOrBody === "function" ? undefined : optionsOrBody;
    const toRun = typeof optionsOrBody === "function" ? optionsOrBody : body;
    const phase = this.beginPhase(name, given);
    return toRun === undefined ? phase : phase.around(toRun);
  }

  /** Ends the run.  `summary` tells what came of it. */
  complete(summary?: Values, artifactPaths?: Values): void {
    this.end(() => {
      for (const phase of this.openPhases) phase.complete();
      const outcome = this.outcomeJson(summary, artifactPaths);
      native().complete(this.slot, outcome.summary, outcome.artifactPaths);
    });
  }

  /** Ends the run as failed.  `error` is an Error or a message. */
  fail(error: unknown, outcome?: Outcome): void {
    this.end(() => {
      for (const phase of this.openPhases) phase.fail(error);
      native().fail(this.slot, messageOf(error), {
        ...failureOf(error),
        phaseName: phaseThatFailed(error),
        ...this.outcomeJson(outcome?.summary, outcome?.artifactPaths),
      });
    });
  }

  /** Ends the run as cancelled. */
  cancel(reason?: string): void {
    this.end(() => {
      for (const phase of this.openPhases) phase.fail(reason ?? "cancelled");
      native().cancel(this.slot, reason === undefined ? undefined : messageOf(reason));
    });
  }

  /** What has become of the events of its ledger in this thread. */
  stats(): LedgerStats {
    return this.ledger.stats();
  }

  /** Writes what durability `buffered` holds back, and tries again what is kept. */
  flush(): void {
    this.attempt(() => native().flush(this.ledger.slot));
  }

  /**
   * @internal Ends it as `error`, thrown by what it was to record, would have it.  A signal that the
   * host has handled says why something was aborted, and no more: errors have other causes too.
   */
  endBy(error: unknown): void {
    if (!this.isOpen) return;
    const signal = this.slot >= 0 ? native().handledSignal(this.slot) : undefined;
    unthrown(() => {
      if (!isAbort(error)) this.fail(error);
      else this.cancel(signal === undefined ? messageOf(error) : `received ${signal}`);
    });
  }

  /** @internal */
  phaseEnded(phase: Phase): void {
    this.openPhases.delete(phase);
  }

  /** @internal For the exit. */
  planPhases(): void {
    for (const phase of this.openPhases) phase.plan();
  }

  /** @internal What could not be recorded: thrown, or counted. */
  failed(thrown: unknown): void {
    const error = asDaybookError(thrown);
    if (this.ledger.strict) throw error;
    this.failedBehind(error);
  }

  /** @internal What failed behind the program's back is never thrown, with `strict` neither. */
  failedBehind(thrown: unknown): void {
    const error = asDaybookError(thrown);
    // What the addon is called for it counts itself, without `strict`.
    if (this.slot >= 0) native().countFailure(this.slot, error.message);
    else this.ledger.count(error);
  }

  /** @internal JSON; without `strict` what has none is counted, and the event goes without it. */
  convert(value: unknown, pointer: string, bytesMax = OBJECT_BYTES_MAX): string | undefined {
    try {
      return objectJson(value, pointer, bytesMax);
    } catch (thrown) {
      this.failed(thrown);
      return undefined;
    }
  }

  /** @internal */
  attempt(body: () => void): void {
    try {
      body();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  private beginPhase(name: string, options: PhaseOptions | undefined): Phase {
    let slot = -1;
    this.attempt(() => {
      checkText(name, "/phase_name");
      if (options?.order !== undefined) checkInteger(options.order, "/phase_order");
      slot = native().beginPhase(this.slot, name, options?.order);
    });
    const phase = new Phase(this, slot, name);
    this.openPhases.add(phase);
    return phase;
  }

  private putTrial(
    id: string | number,
    params: Values,
    metrics: Metrics,
    durability: number,
    extras: NativeTrialExtras | undefined,
  ): void {
    withFrame(this.nan, (frame) => {
      const idBytes = frame.putText(trialIdText(id));
      const paramCount = frame.putObject(params, "/params");
      const metricCount = frame.putObject(metrics, "/metrics");
      const rest = frame.putNonfinite();
      const addon = native();
      if (extras === undefined) {
        addon.recordTrial(this.slot, idBytes, paramCount, metricCount, rest, durability);
      } else {
        addon.recordTrial(this.slot, idBytes, paramCount, metricCount, rest, durability, extras);
      }
    });
  }

  private putMetrics(metrics: Metrics, options: MetricOptions | undefined, how: number): void {
    const trialId = options?.trialId;
    const step = stepOf(options?.step);
    withFrame(this.nan, (frame) => {
      const idBytes = trialId === undefined ? 0 : frame.putText(trialIdText(trialId));
      const count = frame.putMetrics(metrics);
      const rest = frame.putNonfinite();
      native().recordMetrics(this.slot, idBytes, count, rest, how, step);
    });
  }

  /** Those before one that throws, or whose list does, are written too. */
  private recordAll<T>(items: Iterable<T>, pointer: string, put: (item: T) => void): void {
    if (typeof (items as Iterable<T> | undefined)?.[Symbol.iterator] !== "function") {
      this.failed(new ConversionError(pointer, describe(items), "a list, or another iterable"));
      return;
    }
    try {
      for (const item of items) this.attempt(() => put(item));
    } finally {
      this.flush();
    }
  }

  /** Both go into one event. */
  private outcomeJson(
    summary: unknown,
    artifactPaths: unknown,
  ): { summary: string | undefined; artifactPaths: string | undefined } {
    const text = this.convert(summary, "/summary");
    const left = OBJECT_BYTES_MAX - Buffer.byteLength(text ?? "");
    return { summary: text, artifactPaths: this.convert(artifactPaths, "/artifact_paths", left) };
  }

  private end(body: () => void): void {
    if (!this.isOpen || this.attached) {
      const why = this.attached ? "only who has started it ends it" : "it has ended already";
      this.failed(new DaybookError("invalid_argument", `end run ${this.id}: ${why}`));
      return;
    }
    this.attempt(() => {
      // A failure with `strict` leaves it open: the caller may make room and end it again.
      body();
      release(this);
      this.isOpen = false;
    });
  }
}

/** Frees what a run has in the addon once nobody can reach it any more. */
const handles = new FinalizationRegistry<number>((slot) => native().freeRun(slot));

function trialIdText(id: unknown): string {
  if (typeof id === "string") {
    if (id.length <= TRIAL_ID_CHARACTERS_MAX) return id;
    const expected = `at most ${TRIAL_ID_CHARACTERS_MAX}`;
    throw new ConversionError("/trial_id", `${id.length} characters`, expected);
  }
  if (Number.isFinite(id) || typeof id === "bigint") return String(id);
  throw new ConversionError("/trial_id", describe(id), "a text or a number");
}

function stepOf(step: number | bigint | undefined): number | bigint | undefined {
  if (step !== undefined) checkInteger(step, "/step");
  return step;
}

function durabilityOf(durability: Durability | undefined): number {
  if (durability === undefined) return 0;
  const number: number | undefined = DURABILITIES[durability];
  if (number !== undefined) return number;
  const expected = Object.keys(DURABILITIES).join(", ");
  throw new ConversionError("/durability", describe(durability), `one of ${expected}`);
}

/** Clocks count fractions of milliseconds, and the schemas whole ones. */
function millisecondsOf(value: number | Date, pointer: string): number {
  const rounded = Math.round(Number(value));
  checkInteger(Number.isNaN(rounded) ? value : rounded, pointer);
  return rounded;
}

/** undefined where there are none, which the addon is spared from looking for. */
function extrasOf(options: TrialOptions): NativeTrialExtras | undefined {
  const { state, feasible, violations, durationMs, startedAtMs, error } = options;
  const given = [state, feasible, violations, durationMs, startedAtMs, error];
  if (given.every((value) => value === undefined)) return undefined;
  const extras: NativeTrialExtras = {};
  if (state !== undefined) extras.state = state;
  if (feasible !== undefined) {
    if (typeof feasible !== "boolean") {
      throw new ConversionError("/feasible", describe(feasible), "true or false");
    }
    extras.feasible = feasible;
  }
  if (violations !== undefined) {
    if (!Array.isArray(violations)) {
      throw new ConversionError("/violations", describe(violations), "a list of names");
    }
    extras.violations = violations;
  }
  if (durationMs !== undefined) extras.durationMs = millisecondsOf(durationMs, "/duration_ms");
  if (startedAtMs !== undefined) extras.startedAtMs = millisecondsOf(startedAtMs, "/started_at_ms");
  if (error !== undefined) extras.error = messageOf(error);
  return extras;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
