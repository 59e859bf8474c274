/**
 * What an error can be dealt with by: `invalid_argument`, `not_found`, `already_exists`,
 * `permission_denied`, `busy`, `no_space`, `io`, `corrupt`, `unsupported`, `limit`, `cancelled`,
 * `internal`; and `failed` from commands, whose message says why.
 */
export type ErrorCode =
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "busy"
  | "no_space"
  | "io"
  | "corrupt"
  | "unsupported"
  | "limit"
  | "cancelled"
  | "internal"
  | "failed";

/** What Daybook throws where it throws: with `strict`, from queries and from backtests. */
export class DaybookError extends Error {
  /** What the caller can do about it. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "DaybookError";
    this.code = code;
  }
}

/** The addon's errors carry the code's name; anything else that was thrown is internal. */
export function asDaybookError(thrown: unknown): DaybookError {
  if (thrown instanceof DaybookError) return thrown;
  if (thrown instanceof Error) {
    const code = (thrown as Error & { code?: string }).code;
    const error = new DaybookError((code as ErrorCode | undefined) ?? "internal", messageOf(thrown));
    error.stack = traceOf(thrown) as string;
    return error;
  }
  return new DaybookError("internal", messageOf(thrown));
}

/** Lets `body` record how the host's own error ends something: that one is worth more than its own. */
export function unthrown(body: () => void): void {
  try {
    body();
  } catch (thrown) {
    process.stderr.write(`daybook: ${messageOf(thrown)}\n`);
  }
}

const MESSAGE_CHARACTERS_MAX = 65_536;
const TRACE_CHARACTERS_MAX = 16_384;

/** The message of whatever was thrown, which may be no Error at all, or one that was tampered with. */
export function messageOf(thrown: unknown): string {
  try {
    const text = String(thrown instanceof Error ? thrown.message || thrown.name : thrown);
    return text.slice(0, MESSAGE_CHARACTERS_MAX);
  } catch {
    return "something without a text form was thrown";
  }
}

/** Kind, such as `TypeError`, and trace of an error that was thrown; none of a mere message. */
export function failureOf(error: unknown): { kind: string | undefined; trace: string | undefined } {
  return { kind: kindOf(error), trace: traceOf(error) };
}

function kindOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  try {
    return String(error.constructor.name || error.name);
  } catch {
    return "Error";
  }
}

function traceOf(error: unknown): string | undefined {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined;
    return typeof stack === "string" ? stack.slice(0, TRACE_CHARACTERS_MAX) : undefined;
  } catch {
    return undefined;
  }
}

const failedPhases = new WeakMap<object, string>();

/** Remembers which phase `error` came out of; the innermost one counts. */
export function blamePhase(error: unknown, phase: string): void {
  if (typeof error === "object" && error !== null && !failedPhases.has(error)) {
    failedPhases.set(error, phase);
  }
}

export function phaseThatFailed(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? failedPhases.get(error) : undefined;
}
