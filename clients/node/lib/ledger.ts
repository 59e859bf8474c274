// Ledgers of this thread, opened once each, and closed when nobody has them any more.
import { statSync } from "node:fs";
import { isAbsolute } from "node:path";

import { asDaybookError, DaybookError } from "./errors.js";
import { describe } from "./json.js";
import { native } from "./native.js";

/** Where to record, and what becomes of what cannot be recorded. */
export interface LedgerOptions {
  /**
   * The ledger's directory.  Default: `DAYBOOK_LEDGER` of the environment, else the nearest
   * `data/ledger` upwards from the working directory, else `./data/ledger`.
   */
  ledger?: string;
  /**
   * Throw a {@link DaybookError} when something cannot be recorded.  Default false: the host goes
   * on; events wait in memory for another try, what is lost is counted, and the first failure is
   * told on standard error.
   */
  strict?: boolean;
}

/** What has become of the events of one ledger in this thread. */
export interface LedgerStats {
  /** Events that the log has accepted, those of `retried` included. */
  recorded: number;
  /** Calls that failed. */
  failures: number;
  /** Events that wait in memory for another try. */
  kept: number;
  /** Events that waited and have been recorded since. */
  retried: number;
  /** Events that are lost. */
  dropped: number;
  /** The newest failure, for people. */
  lastFailure?: string;
}

/** An open ledger.  Shared by all runs of this thread that record there under one policy. */
export class Ledger {
  readonly strict: boolean;
  readonly slot: number;
  readonly directory: string;
  // What never reached the library's own counts.
  private failures = 0;
  private lastFailure: string | undefined;
  /** Which directory it was: another one may take its place. */
  private identity: string | undefined;

  constructor(slot: number, strict: boolean) {
    this.slot = slot;
    this.strict = strict;
    this.directory = slot < 0 ? "" : native().ledgerDirectory(slot);
    this.identity = slot < 0 ? undefined : identityOf(this.directory);
    if (slot >= 0) slots.register(this, slot);
  }

  /** Whether its directory is still the one that was opened. */
  get isThere(): boolean {
    const now = identityOf(this.directory);
    // Without `strict` one that cannot be made yet is tried again by the library.
    this.identity ??= now;
    return this.identity === now;
  }

  /** Throws `thrown` if the ledger is strict; else counts it, and tells the first of them. */
  failed(thrown: unknown): void {
    const error = asDaybookError(thrown);
    if (this.strict) throw error;
    this.count(error);
  }

  /** Counts a failure that nobody waits for: thrown, it would end the host. */
  count(error: DaybookError): void {
    ++this.failures;
    if (this.lastFailure === undefined) {
      process.stderr.write(`daybook: ${error.message}\n`);
      process.on("exit", () => this.reportAtExit());
    }
    this.lastFailure = error.message;
  }

  private reportAtExit(): void {
    if (this.failures < 2) return;
    const where = this.directory === "" ? "" : ` in the ledger ${this.directory}`;
    process.stderr.write(
      `daybook: ${this.failures} calls have recorded nothing${where}; the last: ${this.lastFailure}\n`,
    );
  }

  stats(): LedgerStats {
    const none = { recorded: 0, failures: 0, kept: 0, retried: 0, dropped: 0 };
    const stats: LedgerStats = this.slot < 0 ? none : native().stats(this.slot);
    stats.failures += this.failures;
    stats.dropped += this.failures;
    if (stats.lastFailure === undefined && this.lastFailure !== undefined) {
      stats.lastFailure = this.lastFailure;
    }
    return stats;
  }
}

/** Closes what nobody can reach any more; runs hold their ledger. */
const slots = new FinalizationRegistry<number>((slot) => native().closeLedger(slot));
const opened = new Map<string, WeakRef<Ledger>>();
/** Those that could not be opened, so that each of them is told once. */
const unopened = new Map<string, Ledger>();

/** For what fails before there is a ledger. */
export const nowhere = new Ledger(-1, false);

function identityOf(directory: string): string | undefined {
  try {
    const { dev, ino } = statSync(directory, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The ledger that `options` name.  Where it cannot be opened: see {@link LedgerOptions.strict}. */
export function openLedger(options: LedgerOptions): Ledger {
  const strict = options.strict === true;
  // Read here and not in the library, because a Worker may have an environment of its own.
  const directory = options.ledger ?? (process.env["DAYBOOK_LEDGER"] || undefined);
  if (directory !== undefined && !isPath(directory)) {
    const message = `ledger: found ${describe(directory)}, expected a directory`;
    throw new DaybookError("invalid_argument", message);
  }
  native();  // Throws by itself: there is no addon for this machine.
  const key = [strict, directory, whereFrom(directory)].join("\0");
  const known = opened.get(key)?.deref();
  if (known?.isThere === true) return known;
  try {
    const ledger = openAt(directory, strict);
    opened.set(key, new WeakRef(ledger));
    unopened.delete(key);
    return ledger;
  } catch (thrown) {
    opened.delete(key);
    return countUnopened(key, strict, thrown);
  }
}

/** The addon would take a text for the part of it before a NUL. */
function isPath(directory: unknown): boolean {
  return typeof directory === "string" && directory !== "" && !directory.includes("\0");
}

/** A directory that is not given, or is relative, is another one after a chdir. */
function whereFrom(directory: string | undefined): string {
  if (directory !== undefined && isAbsolute(directory)) return "";
  try {
    return process.cwd();
  } catch {
    return "";  // It has been deleted: what opens the ledger says so.
  }
}

function openAt(directory: string | undefined, strict: boolean): Ledger {
  const slot = native().openLedger(directory, !strict);
  const found = native().ledgerDirectory(slot);
  for (const reference of opened.values()) {
    const known = reference.deref();
    if (known?.strict === strict && known.directory === found && isAbsolute(found) && known.isThere) {
      native().closeLedger(slot);
      return known;
    }
  }
  return new Ledger(slot, strict);
}

function countUnopened(key: string, strict: boolean, thrown: unknown): Ledger {
  const ledger = unopened.get(key) ?? new Ledger(-1, strict);
  ledger.failed(thrown);
  unopened.set(key, ledger);
  return ledger;
}
