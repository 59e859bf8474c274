// The addon, loaded when it is first needed; addon/*.cc are its functions.
import { join } from "node:path";

import { DaybookError, messageOf } from "./errors.js";
import type { LedgerStats } from "./ledger.js";

/** 0: that of the event's type; see daybook.h. */
export const DURABILITIES = { buffered: 1, process: 2, power: 3 } as const;
export type Durability = keyof typeof DURABILITIES;

/** How of addon/ending.h. */
export const PlannedEnd = { completed: 0, failed: 1, cancelled: 2 } as const;

export interface NativeSpec {
  type: string;
  config: string;
  dataFingerprint: string | undefined;
  runId: string | undefined;
  name: string | undefined;
  experiment: string | undefined;
  parentRunId: string | undefined;
  tags: string | undefined;
  versions: string;
  argv: string[];
  seed: number | bigint | undefined;
  capture: boolean;
  heartbeatMs: number | undefined;
}

export interface NativeFailure {
  kind: string | undefined;
  trace: string | undefined;
  phaseName?: string | undefined;
  summary?: string | undefined;
  artifactPaths?: string | undefined;
}

export interface NativeTrialExtras {
  state?: string;
  error?: string;
  feasible?: boolean;
  violations?: readonly string[];
  durationMs?: number;
  startedAtMs?: number;
}

// Ledgers, runs and phases are numbers here; objects are JSON text.
export interface Native {
  version: string;
  openLedger(directory: string | undefined, keep: boolean): number;
  ledgerDirectory(ledger: number): string;
  closeLedger(ledger: number): void;
  flush(ledger: number): void;
  emitJson(ledger: number, event: string, durability: number): string;
  stats(ledger: number): LedgerStats;

  startRun(ledger: number, spec: NativeSpec): number;
  attach(ledger: number, runId: string): number;
  runId(run: number): string;
  artifactDirectory(run: number): string;
  countFailure(run: number, message: string): void;
  complete(run: number, summary: string | undefined, artifactPaths: string | undefined): void;
  fail(run: number, message: string, options: NativeFailure): void;
  cancel(run: number, reason: string | undefined): void;
  freeRun(run: number): void;

  watchRun(run: number): void;
  unwatchRun(run: number): void;
  armSignals(): void;
  handledSignal(run: number): string | undefined;

  planEnd(run: number | undefined, how: number, message: string, options: NativeFailure): void;
  planPhase(phase: number, outputSummary: string | undefined): void;

  recordEnvironment(run: number, packages: string, limitMs: number): void;

  beginPhase(run: number, name: string, order: number | undefined): number;
  completePhase(phase: number, outputSummary: string | undefined): void;
  failPhase(phase: number, message: string, options: NativeFailure): void;
  freePhase(phase: number): void;

  allocateFrame(slots: number, textBytes: number): { slots: ArrayBuffer; text: ArrayBuffer };
  intern(name: string): number;
  forgetNames(): void;
  pushFrame(): void;
  popFrame(): void;
  recordTrial(
    run: number,
    idBytes: number,
    params: number,
    metrics: number,
    nonfinite: number,
    durability: number,
    extras?: NativeTrialExtras,
  ): void;
  recordMetrics(
    run: number,
    trialIdBytes: number,
    metrics: number,
    nonfinite: number,
    durability: number,
    step?: number | bigint,
  ): void;
  addArtifact(
    run: number,
    path: string,
    type: string,
    options: { rows?: number; format?: string; trialId?: string; copy?: boolean },
  ): void;
  tag(run: number, tags: string): void;
  note(run: number, text: string, author: string | undefined): void;
}

/** Where the files for this machine are: the addon, the program `daybook`, their libraries. */
export function prebuildDirectory(): string {
  return join(__dirname, "..", "prebuilds", `${process.platform}-${process.arch}`);
}

let loaded: Native | undefined;

/** Throws {@link DaybookError} `unsupported` where the package has no addon for this machine. */
export function native(): Native {
  if (loaded === undefined) loaded = load();
  return loaded;
}

function load(): Native {
  const path = join(prebuildDirectory(), "daybook.node");
  try {
    return require(path) as Native;
  } catch (thrown) {
    throw new DaybookError(
      "unsupported",
      `load @daybook/client on ${process.platform}-${process.arch}, node ${process.version}: ` +
        `${messageOf(thrown)}; it comes for linux-x64 with glibc 2.34 and libstdc++ of GCC 12, or newer`,
    );
  }
}
