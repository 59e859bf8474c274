export {
  getSourceForRun,
  queryRuns,
  queryRunStatus,
  type AdapterRun,
  type AdapterRunStatus,
  type RunFilters,
} from "./adapter.js";
export {
  runPathOnly,
  runPolicyBacktest,
  type BacktestRequest,
  type BacktestResult,
  type PathOnlyRequest,
  type PolicyRequest,
  type Source,
} from "./backtest.js";
export { EventEmitter, getEventEmitter } from "./emitter.js";
export { DaybookError, type ErrorCode } from "./errors.js";
export type { NanPolicy } from "./frame.js";
export type * from "./generated/events.js";
export type { LedgerOptions, LedgerStats } from "./ledger.js";
export type { Durability } from "./native.js";
export { Phase, type PhaseOptions } from "./phase.js";
export type { CommandOptions, Row } from "./program.js";
export {
  query,
  runs,
  trials,
  type QueryOptions,
  type RunRow,
  type RunsOptions,
  type RunSource,
  type RunStatus,
  type TrialsOptions,
} from "./query.js";
export { Run } from "./run.js";
export { attach, startRun, withRun, type RecordingOptions, type StartOptions } from "./start.js";
export type {
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
