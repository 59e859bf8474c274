// A configuration of 100 MB, once with strict and once without.
import { DaybookError, startRun } from "../../lib/index.js";

const ledger = process.argv[2] as string;
const config = { rows: Array.from({ length: 1_000_000 }, (_, i) => "x".repeat(95) + String(i)) };
try {
  startRun({ type: "p", config, ledger, strict: true });
} catch (error) {
  if (!(error instanceof DaybookError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
const run = startRun({ type: "p", config, ledger, capture: false });
run.recordTrial("t", {}, {});
run.complete();
