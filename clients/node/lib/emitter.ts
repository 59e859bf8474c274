// The interface of the system that Daybook follows: one call an event, by name and position.
import { asDaybookError } from "./errors.js";
import type { EventPayloads, EventType } from "./generated/events.js";
import {
  ConversionError,
  checkText,
  describe,
  nonfiniteName,
  objectJson,
  pointerTo,
  textJson,
  toJson,
  type Nonfinite,
} from "./json.js";
import { nowhere, openLedger, type Ledger, type LedgerOptions, type LedgerStats } from "./ledger.js";
import { native } from "./native.js";

type Fields = Record<string, unknown>;

/**
 * Emits single events of runs whose ids the caller makes up.
 *
 * The promises are there for the sake of `await`: an event is written before its call returns.  They
 * are never rejected, and what could not be recorded is counted, unless `strict` is set.
 */
export class EventEmitter {
  private readonly options: LedgerOptions;
  // Kept, because a ledger that nobody has is closed.
  private ledger: Ledger | undefined;

  constructor(options: LedgerOptions = {}) {
    this.options = options;
  }

  emitRunCreated(
    runId: string,
    runType: string,
    config: Fields,
    dataFingerprint: string,
  ): Promise<void> {
    return this.write("run.created", runId, () => ({
      run_type: text(runType, "/run_type"),
      config: objectJson(config, "/config") ?? "{}",
      data_fingerprint: text(dataFingerprint ?? "", "/data_fingerprint"),
    }));
  }

  emitRunStarted(runId: string): Promise<void> {
    return this.write("run.started", runId, () => ({}));
  }

  /** `artifactPaths`: paths by name. */
  emitRunCompleted(runId: string, summary: Fields, artifactPaths: Fields): Promise<void> {
    return this.write("run.completed", runId, () => ({
      summary: objectJson(summary, "/summary") ?? "{}",
      artifact_paths: objectJson(artifactPaths, "/artifact_paths") ?? "{}",
    }));
  }

  emitPhaseStarted(runId: string, phaseName: string, phaseOrder: number): Promise<void> {
    return this.write("phase.started", runId, () => ({
      phase_name: text(phaseName, "/phase_name"),
      phase_order: integer(phaseOrder, "/phase_order"),
    }));
  }

  emitPhaseCompleted(
    runId: string,
    phaseName: string,
    durationMs: number,
    outputSummary?: Fields,
  ): Promise<void> {
    return this.write("phase.completed", runId, () => ({
      phase_name: text(phaseName, "/phase_name"),
      duration_ms: integer(durationMs, "/duration_ms"),
      output_summary: objectJson(outputSummary, "/output_summary") ?? "{}",
    }));
  }

  /** NaN and infinities are kept under `nonfinite`. */
  emitTrialRecorded(
    runId: string,
    trialId: string,
    params: Fields,
    metrics: Fields,
  ): Promise<void> {
    return this.emitCustom("trial.recorded", runId, {
      trial_id: trialId,
      params: params ?? {},
      metrics: metrics ?? {},
    });
  }

  emitBaselineCompleted(
    runId: string,
    alertsTotal: number,
    alertsOk: number,
    artifactPath: string,
  ): Promise<void> {
    return this.write("baseline.completed", runId, () => ({
      alerts_total: integer(alertsTotal, "/alerts_total"),
      alerts_ok: integer(alertsOk, "/alerts_ok"),
      artifact_path: text(artifactPath, "/artifact_path"),
    }));
  }

  emitArtifactCreated(
    runId: string,
    artifactType: string,
    artifactPath: string,
    sizeBytes: number,
  ): Promise<void> {
    return this.write("artifact.created", runId, () => ({
      artifact_type: text(artifactType, "/artifact_type"),
      artifact_path: text(artifactPath, "/artifact_path"),
      size_bytes: integer(sizeBytes, "/size_bytes"),
    }));
  }

  /** Any built-in event, its payload as its schema has it. */
  emit<T extends EventType>(eventType: T, runId: string, payload: EventPayloads[T]): Promise<void> {
    return this.emitCustom(eventType, runId, payload);
  }

  /** An event of a type that was registered in the ledger. */
  emitCustom(eventType: string, runId: string, payload: object): Promise<void> {
    return this.write(eventType, runId, () => {
      const given: unknown = payload;
      if (typeof given !== "object" || given === null || Array.isArray(given)) {
        throw new ConversionError("", describe(given), "an object with the fields of the event");
      }
      return payloadJson(eventType, given);
    });
  }

  /** What has become of the events of its ledger in this thread. */
  stats(): LedgerStats {
    return this.open().stats();
  }

  private open(): Ledger {
    this.ledger = openLedger(this.options);
    return this.ledger;
  }

  // Async, so that what is thrown rejects.  `payload` gives JSON by field.
  private async write(
    eventType: string,
    runId: string,
    payload: () => Record<string, string>,
  ): Promise<void> {
    let ledger: Ledger | undefined;
    try {
      ledger = this.open();
      // That it could not be opened has been counted.
      if (ledger.slot < 0) return;
      const head = { event_type: text(eventType, "/event_type"), run_id: text(runId, "/run_id") };
      const fields = { ...head, ...payload() };
      const parts = Object.entries(fields).map(([name, json]) => `${textJson(name)}:${json}`);
      native().emitJson(ledger.slot, `{${parts.join(",")}}`, 0);
    } catch (thrown) {
      if (ledger === undefined && this.options.strict === true) throw asDaybookError(thrown);
      (ledger ?? nowhere).failed(thrown);
    }
  }
}

/** The types that have `nonfinite`, and the fields whose numbers go there. */
const WITH_NONFINITE: Readonly<Record<string, readonly string[]>> = {
  "trial.recorded": ["params", "metrics"],
  "metric.recorded": ["metrics"],
};

function payloadJson(eventType: string, payload: object): Record<string, string> {
  const fields: Record<string, string> = {};
  const nonfinite: Nonfinite = [];
  const numbers = WITH_NONFINITE[eventType] ?? [];
  for (const [name, value] of Object.entries(payload) as [string, unknown][]) {
    const pointer = `/${name}`;
    if (numbers.includes(name)) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new ConversionError(pointer, describe(value), "an object");
      }
      fields[name] = finite(value as Fields, pointer, nonfinite);
    } else {
      const json = toJson(value, pointer, []);
      if (json !== undefined) fields[name] = json;
    }
  }
  for (const name of numbers) {
    if (fields[name] === undefined) throw new ConversionError(`/${name}`, "none", "an object");
  }
  if (eventType === "trial.recorded") checkText((payload as Fields)["trial_id"], "/trial_id");
  if (nonfinite.length > 0) fields["nonfinite"] = pairs(nonfinite, fields["nonfinite"]);
  return fields;
}

function text(value: unknown, pointer: string): string {
  checkText(value, pointer);
  return textJson(value as string);
}

/** Clocks count fractions of milliseconds, and the schemas whole ones. */
function integer(value: number, pointer: string): string {
  if (Number.isFinite(value)) return String(Math.round(value));
  throw new ConversionError(pointer, describe(value), "an integer");
}

/** Top-level numbers that are not finite are left out, and named in `nonfinite`. */
function finite(values: Fields, pointer: string, nonfinite: Nonfinite): string {
  const entries = values instanceof Map ? [...values] : Object.entries(values);
  const kept = (entries as [string, unknown][]).filter(([name, value]) => {
    if (typeof value !== "number" || Number.isFinite(value)) return true;
    nonfinite.push(pointerTo(pointer, name), nonfiniteName(value));
    return false;
  });
  return toJson(Object.fromEntries(kept), pointer, nonfinite) ?? "{}";
}

/** `given`: what the payload has itself. */
function pairs(nonfinite: Nonfinite, given: string | undefined): string {
  const parts: string[] = [];
  for (let i = 0; i < nonfinite.length; i += 2) {
    parts.push(`${textJson(nonfinite[i] as string)}:${textJson(nonfinite[i + 1] as string)}`);
  }
  if (given !== undefined && given !== "{}") parts.push(given.slice(1, -1));
  return `{${parts.join(",")}}`;
}

let shared: EventEmitter | undefined;

/** The emitter of this thread, for the default ledger. */
export function getEventEmitter(): EventEmitter {
  shared ??= new EventEmitter();
  return shared;
}
