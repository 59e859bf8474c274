// Records to many ledgers, one after the other; needs --expose-gc.  Prints descriptors before and after.
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { startRun } from "../../lib/index.js";

const root = process.argv[2] as string;

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function record(name: string): void {
  startRun({ type: "p", ledger: join(root, name), capture: false, strict: true }).complete();
}

async function main(): Promise<void> {
  record("first");
  const before = descriptors();
  for (let i = 0; i < 40; ++i) record(`l${i}`);
  const during = descriptors();
  for (let i = 0; i < 10; ++i) {
    globalThis.gc?.();
    // What was collected is freed in a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(JSON.stringify({ before, during, after: descriptors() }));
}

void main();
