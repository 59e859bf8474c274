// One process of a crew (measure.py), in JavaScript: as worker.py, with one worker.
//
//     node_worker.mjs CONTENDER DIRECTORY TRIALS PROCESS SECONDS rate|latencies
//
// DAYBOOK_PACKAGE names the package, DAYBOOK_BENCH_PYTHON the interpreter that is spawned.
import { spawn } from "node:child_process";
import { openSync, readFileSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { argv, cpuUsage, env, exit, hrtime } from "node:process";
import { fileURLToPath } from "node:url";

const WARM_UP_CALLS = 8;
const CALLS_PER_LOOK = 16;
const LATENCIES_MAX = 1 << 20;

// Each opens one and gives what records a trial and what closes it.
const contenders = {
  daybook(directory) {
    const { startRun } = createRequire(import.meta.url)(env.DAYBOOK_PACKAGE);
    const run = startRun({ type: "bench", ledger: directory, capture: false });
    return {
      record: (id, params, metrics) => run.recordTrial(id, params, metrics),
      close() {
        run.complete();
        // By default a failure is counted, not thrown: none may be.
        const { failures, kept, dropped } = run.stats();
        if (failures || kept || dropped) {
          throw new Error(`daybook could not record: ${JSON.stringify(run.stats())}`);
        }
      },
    };
  },

  // The raw limit: one write() of one line of JSON.
  write(directory) {
    const file = openSync(join(directory, "trials.jsonl"), "a");
    return {
      record: (id, params, metrics) =>
        writeSync(file, JSON.stringify({ trial_id: id, params, metrics }) + "\n"),
      close() {},
    };
  },

  // A Python process each event, the event in its argument list, which appends it to a file.
  spawn(directory) {
    const script = fileURLToPath(new URL("spawned_event.py", import.meta.url));
    const path = join(directory, "events.jsonl");
    return {
      isAsync: true,
      record: (id, params, metrics) =>
        new Promise((resolve, reject) => {
          const event = JSON.stringify({
            event_type: "trial.recorded",
            run_id: "bench",
            trial_id: id,
            params,
            metrics,
          });
          const child = spawn(env.DAYBOOK_BENCH_PYTHON, [script, path, event], {
            stdio: ["ignore", "ignore", "inherit"],
          });
          child.on("error", reject);
          child.on("close", (code) => {
            if (code === 0) resolve();
            else reject(new Error(`spawned_event.py ended with ${code}`));
          });
        }),
      close() {},
    };
  },
};

const nowNs = () => Number(hrtime.bigint());

function quantile(ordered, q) {
  const position = q * (ordered.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (ordered[above] - ordered[below]) * (position - below);
}

// What one look at the clock takes: the median of many.
function clockCostNs() {
  const costs = new Float64Array(1001);
  for (let i = 0; i < costs.length; ++i) {
    const before = hrtime.bigint();
    costs[i] = Number(hrtime.bigint() - before);
  }
  return quantile(costs.sort(), 0.5);
}

// Looks at the clock now and then only, so that its cost is not in the rate.
async function workForRate({ record, isAsync }, trial, seconds) {
  let calls = 0;
  const processor = cpuUsage();
  const beginNs = nowNs();
  let endNs = beginNs;
  while (endNs < beginNs + seconds * 1e9) {
    for (let i = 0; i < CALLS_PER_LOOK; ++i, ++calls) {
      const { id, params, metrics } = trial(calls);
      if (isAsync) await record(id, params, metrics);
      else record(id, params, metrics);
    }
    endNs = nowNs();
  }
  const { user, system } = cpuUsage(processor);
  return { calls, begin_ns: beginNs, end_ns: endNs, processor_us: (user + system) / calls };
}

async function workForLatencies({ record, isAsync }, trial, seconds, latenciesNs, clockNs) {
  let calls = 0;
  const beginNs = nowNs();
  let afterNs = beginNs;
  do {
    const { id, params, metrics } = trial(calls);
    const before = hrtime.bigint();
    if (isAsync) await record(id, params, metrics);
    else record(id, params, metrics);
    const after = hrtime.bigint();
    latenciesNs[calls++] = Number(after - before);
    afterNs = Number(after);
  } while (afterNs < beginNs + seconds * 1e9 && calls < LATENCIES_MAX);
  const ordered = latenciesNs.subarray(0, calls).sort();
  const microseconds = (q) => Math.max(0, quantile(ordered, q) - clockNs) / 1e3;
  return {
    calls,
    begin_ns: beginNs,
    end_ns: afterNs,
    p50_us: microseconds(0.5),
    p99_us: microseconds(0.99),
    worst_us: microseconds(1),
  };
}

// Blocks until the parent has closed the pipe.
function waitForStart() {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      if (readSync(0, Buffer.alloc(16)) === 0) return;
    } catch (error) {
      // Starting a process makes Node's own pipes non-blocking.
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(asleep, 0, 0, 1);
    }
  }
}

async function main() {
  const [name, directory, trialsPath, , seconds, kind] = argv.slice(2);
  const values = JSON.parse(readFileSync(trialsPath, "utf8"));
  const trials = Array.from({ length: 128 * values.length }, (_, number) => ({
    id: `trial_${String(number).padStart(7, "0")}`,
    ...values[number % values.length],
  }));
  const trial = (number) => trials[number % trials.length];
  // Touched before the start, so that no page fault is taken for a slow call.
  const latenciesNs = kind === "latencies" ? new Float64Array(LATENCIES_MAX).fill(1) : undefined;
  const clockNs = clockCostNs();

  const opened = contenders[name](directory);
  writeSync(1, "opened\n");
  for (let i = 0; i < WARM_UP_CALLS; ++i) {
    const { id, params, metrics } = trial(i);
    await opened.record(id, params, metrics);
  }
  writeSync(1, "ready\n");
  waitForStart();
  const result =
    kind === "latencies"
      ? await workForLatencies(opened, trial, Number(seconds), latenciesNs, clockNs)
      : await workForRate(opened, trial, Number(seconds));
  const noTimes = { processor_us: 0, p50_us: 0, p99_us: 0, worst_us: 0 };
  // Closed before the result is told: a failure while closing is one of the turn.
  opened.close();
  writeSync(1, JSON.stringify({ ...noTimes, ...result }) + "\n");
}

main().catch((error) => {
  console.error(error);
  exit(1);
});
