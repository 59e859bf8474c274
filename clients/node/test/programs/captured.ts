// Starts a run; its second argument says how it goes on.
import { execFileSync } from "node:child_process";
import { isMainThread, Worker, workerData } from "node:worker_threads";

import { startRun } from "../../lib/index.js";

const [ledger, how] = isMainThread
  ? (process.argv.slice(2) as [string, string | undefined])
  : (workerData as [string, string]);

function end(way: string | undefined): void {
  if (way === "exit") process.exit(0);
  if (way === "throw") throw new Error("not caught");
}

function compute(): void {
  const begun = Date.now();
  while (Date.now() - begun < 3000) Math.sqrt(2);
}

/** A thread that ends while the state of its code is being gathered. */
function inWorker(way: string): void {
  const worker = new Worker(__filename, { workerData: [ledger, way] });
  worker.on("error", () => undefined);
  worker.on("exit", () => console.log("the worker has ended"));
  if (way === "terminate") setTimeout(() => void worker.terminate(), 500);
}

if (how?.startsWith("worker_") === true) {
  inWorker(how.slice("worker_".length));
} else {
  const run = startRun({ type: "p", ledger, strict: true, capture: how !== "none" });
  if (how === "full") {
    process.on("SIGXFSZ", () => undefined);
    run.complete();
    execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=1:unlimited"]);
    process.on("exit", () => console.log("went on"));
  } else if (how === "compute") {
    compute();
    run.log({ computed: 1 });
    run.complete();
  } else if (how === "terminate") {
    setInterval(() => undefined, 1000);
  } else if (how === "exit" || how === "throw" || how === "return") {
    // By then the state of the code is being gathered.
    setTimeout(() => end(how), 300);
  } else {
    run.complete();
  }
}
