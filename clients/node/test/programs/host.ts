// A host that ends in the way that its second argument names, with a run open.
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as setTimeoutOf } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { attach, startRun, withRun, type Run } from "../../lib/index.js";

const [ledger, how] = process.argv.slice(2) as [string, string];
const options = { type: "host", ledger, capture: false };

function ready(): void {
  console.log("ready");
}

/** As long as nothing ends it. */
function idle(): void {
  setInterval(() => undefined, 1000);
}

function busy(): void {
  ready();
  // The event loop never turns.
  for (;;) Math.sqrt(2);
}

const ways: Record<string, () => void> = {
  return: () => startRun(options).recordTrial("t", {}, {}),
  exit0: () => {
    startRun(options);
    process.exit(0);
  },
  exit3: () => {
    startRun(options);
    process.exit(3);
  },
  attached_exit3: () => {
    attach(startRun(options).id, { ledger }).phase("open", { order: 0 });
    process.exit(3);
  },
  throw: () => {
    startRun(options);
    setTimeout(() => {
      throw new TypeError("not caught");
    });
  },
  reject: () => {
    startRun(options);
    void Promise.reject(new TypeError("not handled"));
  },
  survive: () => {
    const run = startRun(options);
    process.on("uncaughtException", () => run.log({ after: 1 }));
    setTimeout(() => {
      throw new TypeError("handled by the host");
    });
  },
  idle: () => {
    startRun(options);
    ready();
    idle();
  },
  busy: () => {
    startRun(options);
    busy();
  },
  ended: () => {
    startRun(options).complete({ all: "said" });
    ready();
    idle();
  },
  handler: () => {
    process.on("SIGINT", () => {
      console.log("the host's handler");
      process.exit(0);
    });
    startRun(options);
    ready();
    idle();
  },
  late_handler: () => {
    startRun(options);
    process.once("SIGINT", () => {
      console.log("the host's handler");
      // From now on the default holds again.
      ready();
    });
    ready();
    idle();
  },
  completes: () => {
    const run = startRun(options);
    process.on("SIGTERM", () => {
      run.complete({ trials: 0 });
      process.exit(0);
    });
    ready();
    idle();
  },
  with_run_aborts: () => {
    const abort = new AbortController();
    process.on("SIGINT", () => abort.abort());
    const work = withRun(options, async (run) => {
      abort.signal.addEventListener("abort", () => run.log({ signalled: 1 }));
      ready();
      await setTimeoutOf(60_000, undefined, { signal: abort.signal });
    });
    work.catch(() => process.exit(130));
  },
  with_run_fails: () => {
    const work = withRun(options, async () => {
      const signalled = new Promise((resolve) => process.once("SIGHUP", resolve));
      ready();
      await signalled;
      throw new TypeError("much later");
    });
    work.catch(() => process.exit(3));
    idle();
  },
  exit_listener: () => {
    const run = startRun(options);
    process.on("exit", () => run.complete({ said: "last" }));
  },
  listeners: () => {
    process.on("SIGINT", () => undefined);
    startRun(options);
    process.on("SIGTERM", () => undefined);
    console.log(["SIGINT", "SIGTERM", "SIGHUP"].map((name) => process.listenerCount(name)).join());
  },
  reload: () => {
    startRun(options);
    process.on("SIGHUP", () => setTimeout(() => process.exit(0), 50));
    ready();
    idle();
  },
  crash_after_signal: () => {
    startRun(options);
    process.on("SIGTERM", () => {
      setTimeout(() => {
        throw new TypeError("much later");
      }, 50);
    });
    ready();
    idle();
  },
  run_after_signal: () => {
    const before = startRun(options);
    process.on("SIGTERM", () => {
      before.complete();
      const after = startRun({ ...options, runId: "after" });
      setTimeout(() => {
        after.log({ after: 1 });
        process.exit(0);
      }, 50);
    });
    ready();
    idle();
  },
  exit_after_handled: () => {
    startRun(options);
    process.on("uncaughtException", () => setTimeout(() => process.exit(3), 50));
    setTimeout(() => {
      throw new TypeError("handled by the host");
    });
  },
  exit_in_handler: () => {
    startRun(options);
    process.on("uncaughtException", () => process.exit(3));
    setTimeout(() => {
      throw new TypeError("ends the host");
    });
  },
  full_at_exit: () => {
    process.on("SIGXFSZ", () => undefined);
    startRun({ ...options, strict: true });
    execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=1:unlimited"]);
  },
  two_copies: () => {
    startRun(options);
    const copy = join(ledger, "..", "copy");
    for (const folder of ["lib", "prebuilds"]) {
      cpSync(join(__dirname, "..", "..", folder), join(copy, folder), { recursive: true });
    }
    const other = require(join(copy, "lib", "index.js")) as { startRun: typeof startRun };
    other.startRun({ ...options, runId: "of-the-copy" });
    ready();
    idle();
  },
  trials: () => {
    const run = startRun(options);
    for (let i = 0; ; ++i) {
      run.recordTrial(`t${i}`, { i }, { i });
      if (i === 1000) ready();
    }
  },
  worker: () => inWorker("own"),
  attached_worker: () => {
    const run = startRun(options);
    inWorker("attached", run).on("exit", () => run.complete());
  },
  terminated_worker: () => {
    const worker = inWorker("busy");
    worker.on("message", () => void worker.terminate());
  },
  worker_signal: () => {
    inWorker("busy").on("message", ready);
  },
};

function inWorker(what: string, run?: Run): Worker {
  return new Worker(__dirname + "/worker.js", {
    workerData: { ledger, what, runId: run?.id },
    env: { ...process.env, ...run?.env() },
  });
}

if (how === "attach") attach(process.argv[4] as string, { ledger }).log({ child: 1 });
else (ways[how] as () => void)();
