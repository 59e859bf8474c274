// A million events; prints what memory the process had early on and at the end.
import { startRun } from "../../lib/index.js";

const run = startRun({ type: "p", ledger: process.argv[2] as string, capture: false });
let early = 0;
for (let i = 1; i <= 1_000_000; ++i) {
  if (i % 4 === 0) run.log({ "train/loss": 1 / i, "train/acc": i / 1e6 });
  else run.recordTrial(`t${i}`, { stop: i / 3, kind: "fixed", list: [i] }, { sharpe: i / 7, bad: NaN });
  if (i === 600_000) early = process.memoryUsage().rss;
}
run.complete();
console.log(JSON.stringify({ early, late: process.memoryUsage().rss }));
