// The interface of the system that Daybook follows: one call an event, by name and position.
import type { EventPayloads, EventType } from "./generated/events.js";
import { objectJson, textJson, toJson, type Nonfinite } from "./json.js";
import { openLedger, type LedgerOptions, type LedgerStats } from "./ledger.js";
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
      run_type: textJson(runType),
      config: objectJson(config, "/config") ?? "{}",
      data_fingerprint: textJson(dataFingerprint ?? ""),
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
      phase_name: textJson(phaseName),
      phase_order: integer(phaseOrder),
    }));
  }

  emitPhaseCompleted(
    runId: string,
    phaseName: string,
    durationMs: number,
    outputSummary?: Fields,
  ): Promise<void> {
    return this.write("phase.completed", runId, () => ({
      phase_name: textJson(phaseName),
      duration_ms: integer(durationMs),
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
    return this.write("trial.recorded", runId, () => {
      const nonfinite: Nonfinite = [];
      const fields: Record<string, string> = {
        trial_id: textJson(trialId),
        params: finite(params, "/params", nonfinite),
        metrics: finite(metrics, "/metrics", nonfinite),
      };
      if (nonfinite.length > 0) fields["nonfinite"] = pairs(nonfinite);
      return fields;
    });
  }

  emitBaselineCompleted(
    runId: string,
    alertsTotal: number,
    alertsOk: number,
    artifactPath: string,
  ): Promise<void> {
    return this.write("baseline.completed", runId, () => ({
      alerts_total: integer(alertsTotal),
      alerts_ok: integer(alertsOk),
      artifact_path: textJson(artifactPath),
    }));
  }

  emitArtifactCreated(
    runId: string,
    artifactType: string,
    artifactPath: string,
    sizeBytes: number,
  ): Promise<void> {
    return this.write("artifact.created", runId, () => ({
      artifact_type: textJson(artifactType),
      artifact_path: textJson(artifactPath),
      size_bytes: integer(sizeBytes),
    }));
  }

  /** Any built-in event, its payload as its schema has it. */
  emit<T extends EventType>(eventType: T, runId: string, payload: EventPayloads[T]): Promise<void> {
    return this.emitCustom(eventType, runId, payload);
  }

  /** An event of a type that was registered in the ledger. */
  emitCustom(eventType: string, runId: string, payload: object): Promise<void> {
    return this.write(eventType, runId, () => {
      const fields: Record<string, string> = {};
      for (const [name, value] of Object.entries(payload)) {
        const json = toJson(value, `/${name}`, []);
        if (json !== undefined) fields[name] = json;
      }
      return fields;
    });
  }

  /** What has become of the events of its ledger in this thread. */
  stats(): LedgerStats {
    return openLedger(this.options).stats();
  }

  // Async, so that what is thrown rejects.  `payload` gives JSON by field.
  private async write(
    eventType: string,
    runId: string,
    payload: () => Record<string, string>,
  ): Promise<void> {
    const ledger = openLedger(this.options);
    try {
      const fields = { event_type: textJson(eventType), run_id: textJson(runId), ...payload() };
      const parts = Object.entries(fields).map(([name, json]) => `${textJson(name)}:${json}`);
      native().emitJson(ledger.slot, `{${parts.join(",")}}`, 0);
    } catch (thrown) {
      ledger.failed(thrown);
    }
  }
}

/** Clocks count fractions of milliseconds, and the schemas whole ones. */
function integer(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)) : textJson(String(value));
}

/** Top-level numbers that are not finite are left out, and named in `nonfinite`. */
function finite(values: Fields, pointer: string, nonfinite: Nonfinite): string {
  const kept = Object.entries(values ?? {}).filter(([name, value]) => {
    if (typeof value !== "number" || Number.isFinite(value)) return true;
    toJson({ [name]: value }, pointer, nonfinite);
    return false;
  });
  return toJson(Object.fromEntries(kept), pointer, nonfinite) ?? "{}";
}

function pairs(nonfinite: Nonfinite): string {
  const parts: string[] = [];
  for (let i = 0; i < nonfinite.length; i += 2) {
    parts.push(`${textJson(nonfinite[i] as string)}:${textJson(nonfinite[i + 1] as string)}`);
  }
  return `{${parts.join(",")}}`;
}

let shared: EventEmitter | undefined;

/** The emitter of this thread, for the default ledger. */
export function getEventEmitter(): EventEmitter {
  shared ??= new EventEmitter();
  return shared;
}
