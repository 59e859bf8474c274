// A ledger that somebody deletes while it is open.
import { rmSync } from "node:fs";

import { startRun } from "../../lib/index.js";

const ledger = process.argv[2] as string;
const run = startRun({ type: "p", ledger, capture: false });
run.recordTrial("before", {}, {});
rmSync(ledger, { recursive: true });
for (let i = 0; i < 100; ++i) run.recordTrial(`t${i}`, {}, { i });
run.phase("load", () => undefined);
// By then a sync has noticed it.
setTimeout(() => {
  run.recordTrial("after", {}, {});
  run.complete();
  console.log(JSON.stringify(run.stats()));
}, 2500);
