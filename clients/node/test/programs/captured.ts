// Starts a run; its second argument says how it goes on.
import { execFileSync } from "node:child_process";

import { startRun } from "../../lib/index.js";

const [ledger, how] = process.argv.slice(2) as [string, string | undefined];
const run = startRun({ type: "p", ledger, strict: true, capture: how !== "none" });
if (how === "exit") {
  // By now the state of the code is being gathered.
  setTimeout(() => process.exit(0), 300);
} else if (how === "full") {
  process.on("SIGXFSZ", () => undefined);
  run.complete();
  execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=1:unlimited"]);
  process.on("exit", () => console.log("went on"));
} else {
  run.complete();
}
