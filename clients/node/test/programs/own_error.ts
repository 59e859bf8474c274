// A disk that refuses to record how the program's own error ends a phase and a run, with `strict`.
import { execFileSync } from "node:child_process";

import { withRun } from "../../lib/index.js";

const options = { type: "p", ledger: process.argv[2] as string, strict: true, capture: false };

function limit(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

function own(message: string): never {
  limit(1);
  throw new RangeError(message);
}

/** What comes out, as soon as there is room again. */
function heard(error: unknown): string {
  limit("unlimited");
  return (error as Error).message;
}

async function main(): Promise<void> {
  // Else the kernel ends the process, where a full disk only refuses.
  process.on("SIGXFSZ", () => undefined);
  const messages: string[] = [];
  try {
    withRun(options, (run) => run.phase("load", () => own("own sync")));
  } catch (error) {
    messages.push(heard(error));
  }
  await withRun(options, (run) => {
    return run.phase("load", async () => Promise.resolve().then(() => own("own async")));
  }).catch((error: unknown) => messages.push(heard(error)));
  console.log(messages.join());
}

void main();
