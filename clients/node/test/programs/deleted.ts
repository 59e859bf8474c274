// A ledger that somebody deletes while it is open.
import { rmSync } from "node:fs";

import { startRun } from "../../lib/index.js";

const ledger = process.argv[2] as string;
const run = startRun({ type: "p", ledger, capture: false });
run.recordTrial("before", {}, {});
rmSync(ledger, { recursive: true });
for (let i = 0; i < 100; ++i) run.recordTrial(`t${i}`, {}, { i });
run.phase("load", () => undefined);
run.complete();
console.log("went on");
