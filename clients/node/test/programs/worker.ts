import { parentPort, workerData } from "node:worker_threads";

import { attach, startRun } from "../../lib/index.js";

const { ledger, what, runId } = workerData as { ledger: string; what: string; runId?: string };

if (what === "attached") {
  const run = attach(runId as string, { ledger, strict: true });
  for (let i = 0; i < 1000; ++i) run.recordTrial(`t${i}`, { i }, { i });
  const child = startRun({ type: "child", capture: false, strict: true });
  child.complete();
  const joined = startRun({ type: "ignored", join: true, strict: true });
  joined.log({ joined: 1 });
} else {
  const run = startRun({ type: what, ledger, capture: false, strict: true });
  run.recordTrial("t", {}, {});
  run.phase("open");
  if (what === "busy") {
    parentPort?.postMessage("ready");
    for (;;) Math.sqrt(2);
  }
}
