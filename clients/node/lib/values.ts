// What a run records, as its callers give it.
import type { TrialState } from "./generated/events.js";
import type { Durability } from "./native.js";

/** A JSON object, or what becomes one: see the guide for what values become. */
export type Values = object;
/**
 * Numbers by name.  NaN and infinities are kept under `nonfinite`; undefined is left out.  A trial
 * may have others beside them, which are kept but not compared.
 */
export type Metrics = object;
/** The points of curves: numbers by name, and nothing else. */
export type Numbers<M> =
  | { [K in keyof M]: number | bigint | undefined }
  | ReadonlyMap<string, number | bigint | undefined>;
export type Tags = Record<string, string | number | boolean | null>;

/** What a trial has beside parameters and metrics. */
export interface TrialOptions {
  /** Default `complete`. */
  state?: TrialState;
  /** Whether it keeps the constraints of the search. */
  feasible?: boolean;
  /** The names of the constraints that it violates. */
  violations?: readonly string[];
  durationMs?: number;
  startedAtMs?: number | Date;
  /** Why it failed. */
  error?: unknown;
  /** Default `process`: survives the death of the process. */
  durability?: Durability;
}

/** One trial of a batch. */
export interface Trial extends Omit<TrialOptions, "durability"> {
  id: string | number;
  params: Values;
  metrics: Metrics;
}

/** What a point of a curve has beside its values. */
export interface MetricOptions {
  /** Default: the points of a name are numbered 0, 1, 2…. */
  step?: number | bigint;
  trialId?: string | number;
  durability?: Durability;
}

/** One point of a batch. */
export interface Point extends Omit<MetricOptions, "durability"> {
  metrics: Metrics;
}

/** What a file has beside path and type. */
export interface ArtifactOptions {
  /** Rows of a table. */
  rows?: number;
  /** Default: from the file's extension. */
  format?: string;
  trialId?: string;
  /**
   * Keep a copy in the ledger, the same content once: the copy is what is recorded, so that the
   * file may change or go.
   */
  copy?: boolean;
}

/** What came of a run. */
export interface Outcome {
  summary?: Values;
  /** Paths by name. */
  artifactPaths?: Values;
}
