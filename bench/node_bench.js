// What node_bench.cc starts: records trials from JavaScript, and prints the rate and the median and
// 99th percentile of single calls in microseconds.
//
//     node_bench.js PACKAGE DIRECTORY record|buffered|batch|spawn COUNT
"use strict";
const { spawn } = require("node:child_process");
const { appendFileSync, mkdirSync } = require("node:fs");
const { join } = require("node:path");

const [packageDirectory, directory, way, countText] = process.argv.slice(2);
const count = Number(countText);
const { startRun } = require(packageDirectory);

// The same for all: 4 parameters and 5 metrics, of varied digits.
let state = 1;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const trials = Array.from({ length: 1000 }, (_, i) => ({
  params: { stop: random(), take: random() * 10, lookback: i, hold: i * 3 },
  metrics: { sharpe: random() * 4 - 2, ret: random() - 0.5, drawdown: -random(), trades: i, win: random() },
}));

function print(rate, latencies) {
  latencies.sort();
  const at = (q) => latencies[Math.floor((latencies.length - 1) * q)] * 1e3;
  console.log(`${rate} ${at(0.5)} ${at(0.99)}`);
}

function record(options) {
  const run = startRun({ type: "bench", ledger: directory, strict: true, capture: false });
  const one = (i) => {
    const { params, metrics } = trials[i % trials.length];
    run.recordTrial(`trial-${i}`, params, metrics, options);
  };
  for (let i = 0; i < 20_000; ++i) one(i);
  const begin = performance.now();
  for (let i = 0; i < count; ++i) one(i);
  const seconds = (performance.now() - begin) / 1e3;
  const latencies = new Float64Array(count);
  for (let i = 0; i < count; ++i) {
    const before = performance.now();
    one(i);
    latencies[i] = performance.now() - before;
  }
  run.complete();
  print(count / seconds, latencies);
}

function batch(size) {
  const run = startRun({ type: "bench", ledger: directory, strict: true, capture: false });
  const batches = Array.from({ length: Math.ceil(count / size) }, (_, b) =>
    Array.from({ length: size }, (_, i) => ({ id: `${b}-${i}`, ...trials[i % trials.length] })),
  );
  run.recordTrials(batches[0]);
  const latencies = new Float64Array(batches.length);
  const begin = performance.now();
  batches.forEach((trialsOfIt, b) => {
    const before = performance.now();
    run.recordTrials(trialsOfIt);
    latencies[b] = (performance.now() - before) / size;
  });
  const seconds = (performance.now() - begin) / 1e3;
  run.complete();
  print((batches.length * size) / seconds, latencies);
}

// As the system before did it: a Python for each event, JSON in the argument list, appended to a
// file.  What it checked besides is left out.
async function spawnEach() {
  mkdirSync(directory, { recursive: true });
  const log = join(directory, "events.jsonl");
  const script =
    "import json, sys\n" +
    "with open(sys.argv[1], 'a') as log: log.write(json.dumps(json.loads(sys.argv[2])) + '\\n')";
  const latencies = new Float64Array(count);
  const begin = performance.now();
  for (let i = 0; i < count; ++i) {
    const before = performance.now();
    const event = JSON.stringify({ event_type: "trial.recorded", ...trials[i % trials.length] });
    await new Promise((resolve, reject) => {
      spawn("/usr/bin/python3", ["-c", script, log, event])
        .on("error", reject)
        .on("close", (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
    });
    latencies[i] = performance.now() - before;
  }
  print(count / ((performance.now() - begin) / 1e3), latencies);
}

const ways = {
  record: () => record(undefined),
  buffered: () => record({ durability: "buffered" }),
  batch: () => batch(1000),
  spawn: spawnEach,
};
Promise.resolve(ways[way]()).catch((error) => {
  appendFileSync(2, `${error.stack}\n`);
  process.exitCode = 1;
});
