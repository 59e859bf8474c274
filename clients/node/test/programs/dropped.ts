// Drops a run that it has attached to, with a phase open; needs --expose-gc.  Prints what the addon has
// recorded of the phase when it was freed, while the program went on.
import { execFileSync } from "node:child_process";

import { attach, startRun } from "../../lib/index.js";

const ledger = process.argv[2] as string;
const run = startRun({ type: "p", ledger, capture: false, strict: true });

function drop(): void {
  attach(run.id, { ledger, strict: true }).phase("left", { order: 0 });
}

async function main(): Promise<void> {
  drop();
  for (let i = 0; i < 10; ++i) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const lines = execFileSync("sh", ["-c", `cat "${ledger}"/events/day=*/*.jsonl`]).toString();
  console.log(lines.match(/"event_type":"phase\.\w+"/g)?.join());
}

void main();
