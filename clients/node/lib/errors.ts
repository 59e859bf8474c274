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
    const error = new DaybookError((code as ErrorCode | undefined) ?? "internal", thrown.message);
    error.stack = thrown.stack;
    return error;
  }
  return new DaybookError("internal", String(thrown));
}

/** The message of whatever was thrown, which may be no Error at all. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  try {
    return String(thrown);
  } catch {
    return "something without a text form was thrown";
  }
}

/** The kind of whatever was thrown, such as `TypeError`. */
export function kindOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.constructor.name || thrown.name : typeof thrown;
}
