/// <reference lib="esnext.disposable" preserve="true" />
import { blamePhase, DaybookError, failureOf, messageOf, unthrown } from "./errors.js";
import { native } from "./native.js";
import { isPromise } from "./promise.js";
import type { Run } from "./run.js";
import type { Values } from "./values.js";

export interface PhaseOptions {
  /** Its place among the run's phases; needed in a run that was attached to. */
  order?: number;
}

const SUMMARY = "/output_summary";

/** A phase that is going on.  Its duration is measured from its beginning to its end. */
export class Phase {
  readonly name: string;
  private readonly run: Run;
  private readonly slot: number;
  private summary: Values | undefined;
  private isOpen = true;

  /** @internal Use run.phase(). */
  constructor(run: Run, slot: number, name: string) {
    this.run = run;
    this.slot = slot;
    this.name = name;
  }

  /** What came of it, for when it completes by itself: at the end of its function or block. */
  setSummary(summary: Values): void {
    this.summary = summary;
  }

  /** Ends it. */
  complete(outputSummary?: Values): void {
    this.end((slot) => {
      native().completePhase(slot, this.run.convert(outputSummary ?? this.summary, SUMMARY));
    });
  }

  /** Ends it as failed.  `error` is an Error or a message. */
  fail(error: unknown): void {
    this.end((slot) => native().failPhase(slot, messageOf(error), failureOf(error)));
  }

  /** @internal */
  around<T>(body: (phase: Phase) => T): T {
    let result: T;
    try {
      result = body(this);
    } catch (error) {
      this.left(error);
      throw error;
    }
    if (!isPromise(result)) {
      if (this.isOpen) this.complete();
      return result;
    }
    return result.then(
      (value: unknown) => {
        if (this.isOpen) this.complete();
        return value;
      },
      (error: unknown) => {
        this.left(error);
        throw error;
      },
    ) as T;
  }

  private left(error: unknown): void {
    blamePhase(error, this.name);
    if (this.isOpen) unthrown(() => this.fail(error));
  }

  private end(body: (slot: number) => void): void {
    if (!this.isOpen) {
      const message = `end phase ${this.name}: it has ended already`;
      this.run.failed(new DaybookError("invalid_argument", message));
      return;
    }
    this.run.attempt(() => {
      if (this.slot >= 0) {
        body(this.slot);
        native().freePhase(this.slot);
      }
      this.isOpen = false;
      this.run.phaseEnded(this);
    });
  }

  /** @internal What it has to say if it completes with its run, at the exit. */
  plan(): void {
    if (this.slot < 0 || this.summary === undefined) return;
    native().planPhase(this.slot, this.run.convert(this.summary, SUMMARY));
  }

  /** @internal */
  endIfOpen(): void {
    if (this.isOpen) this.complete();
  }
}

export interface Phase extends Disposable, AsyncDisposable {}

// Where this version of Node has them.  A `using` block cannot tell whether it was left by an
// exception: the phase is completed then too, and the run says what failed.
if (typeof Symbol.dispose === "symbol") {
  Object.defineProperty(Phase.prototype, Symbol.dispose, {
    value(this: Phase): void {
      this.endIfOpen();
    },
  });
}
if (typeof Symbol.asyncDispose === "symbol") {
  Object.defineProperty(Phase.prototype, Symbol.asyncDispose, {
    value(this: Phase): Promise<void> {
      this.endIfOpen();
      return Promise.resolve();
    },
  });
}
