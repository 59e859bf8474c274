// A disk that is full for a while: no file of this process may grow.
import { execFileSync } from "node:child_process";

import { DaybookError, startRun } from "../../lib/index.js";

const [ledger, how] = process.argv.slice(2) as [string, string | undefined];

function limit(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

// Else the kernel ends the process, where a full disk only refuses.
process.on("SIGXFSZ", () => undefined);
const run = startRun({ type: "p", ledger, strict: how === "strict", capture: false });
for (let i = 0; i < 100; ++i) run.recordTrial(`a${i}`, { i }, { i });
const before = run.stats();
limit(1);
try {
  for (let i = 0; i < 100; ++i) run.recordTrial(`b${i}`, { i }, { i });
  const during = run.stats();
  limit("unlimited");
  for (let i = 0; i < 100; ++i) run.recordTrial(`c${i}`, { i }, { i });
  run.complete();
  console.log(JSON.stringify({ before, during, after: run.stats() }));
} catch (error) {
  limit("unlimited");
  if (!(error instanceof DaybookError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
