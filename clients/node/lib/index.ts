export { EventEmitter, getEventEmitter } from "./emitter.js";
export { DaybookError, type ErrorCode } from "./errors.js";
export type { NanPolicy } from "./frame.js";
export type * from "./generated/events.js";
export type { LedgerOptions, LedgerStats } from "./ledger.js";
export type { Durability } from "./native.js";
export { Phase, type PhaseOptions } from "./phase.js";
export {
  Run,
  type ArtifactOptions,
  type MetricOptions,
  type Metrics,
  type Outcome,
  type Point,
  type Tags,
  type Trial,
  type TrialOptions,
  type Values,
} from "./run.js";
export { attach, startRun, withRun, type RecordingOptions, type StartOptions } from "./start.js";
