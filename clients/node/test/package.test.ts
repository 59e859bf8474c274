// The package as npm packs it, in projects of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { native } from "../lib/native.js";
import { eventsOf, temporaryDirectory, temporaryLedger, typesOf } from "./support.js";

const root = join(__dirname, "..");
const project = temporaryDirectory();

function run(command: string, args: string[], env: Record<string, string> = {}): string {
  return execFileSync(command, args, {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: "", ...env },
  });
}

const packed = temporaryDirectory();
const tarball = execFileSync("npm", ["pack", "--pack-destination", packed, "--silent"], {
  cwd: root,
  encoding: "utf8",
}).trim();
writeFileSync(join(project, "package.json"), '{"name":"consumer","private":true}');
// The optional DuckDB has 65 MB; what a query needs of it is put there below.
const flags = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
run("npm", ["install", join(packed, tarball), "--offline", ...flags]);

const body = `
const run = startRun({ type: "packed", config: { a: 1 }, ledger: process.argv[2], strict: true });
run.recordTrial("t", { stop: 0.5 }, { sharpe: 1.5 });
run.complete();
`;

test("what is in it", () => {
  const installed = join(project, "node_modules", "@daybook", "client");
  const files = execFileSync("find", [".", "-type", "f"], { cwd: installed, encoding: "utf8" });
  const names = files.split("\n").filter((name) => !name.startsWith("./lib/"));
  assert.deepEqual(names.sort(), [
    "",
    "./LICENSE",
    "./NOTICE",
    "./README.md",
    "./package.json",
    "./prebuilds/linux-x64/daybook",
    "./prebuilds/linux-x64/daybook.node",
    "./prebuilds/linux-x64/libfmt.so.9",
    "./prebuilds/linux-x64/libsimdjson.so.14",
  ]);
});

for (const [name, head] of [
  ["esm.mjs", 'import { startRun } from "@daybook/client";'],
  ["cjs.cjs", 'const { startRun } = require("@daybook/client");'],
] as const) {
  test(`it is used from ${name}`, () => {
    const ledger = temporaryLedger();
    writeFileSync(join(project, name), head + body);
    // All symbols of the addon are looked up when it is loaded.
    run(process.execPath, [name, ledger], { LD_BIND_NOW: "1" });
    // The state of the code comes when git has answered.
    const types = typesOf(eventsOf(ledger)).filter((type) => type !== "run.environment");
    assert.deepEqual(types.slice(0, 4), [
      "run.created", "run.started", "trial.recorded", "run.completed",
    ]);
  });
}

test("import and require give the same objects", () => {
  writeFileSync(
    join(project, "both.mjs"),
    `import * as esm from "@daybook/client"; import { createRequire } from "node:module";
     const cjs = createRequire(import.meta.url)("@daybook/client");
     const names = Object.keys(cjs).filter((name) => name !== "__esModule");
     console.log(names.length > 8 && names.every((name) => esm[name] === cjs[name]));`,
  );
  assert.equal(run(process.execPath, ["both.mjs"]), "true\n");
});

test("it brings the libraries that it needs", () => {
  writeFileSync(
    join(project, "maps.cjs"),
    `require("@daybook/client").startRun({ type: "p", ledger: process.argv[2] });
     console.log(require("node:fs").readFileSync("/proc/self/maps", "utf8"));`,
  );
  const maps = run(process.execPath, ["maps.cjs", temporaryLedger()]);
  assert.match(maps, /@daybook\/client\/prebuilds\/linux-x64\/libfmt\.so/);
  assert.ok(!/\/lib\/.*libfmt\.so/.test(maps), "that of the machine is loaded too");
});

test("a consumer in strict TypeScript", () => {
  writeFileSync(
    join(project, "consumer.mts"),
    `import { attach, DaybookError, EventEmitter, getEventEmitter, query, startRun, withRun,
              type Run, type TrialRecorded, type TrialState } from "@daybook/client";
     interface Params { stop: number }
     const params: Params = { stop: 1 };
     const state: TrialState = "pruned";
     const run: Run = startRun({ type: "p", config: params, tags: { a: null }, seed: 1n });
     run.recordTrial("t", params, { sharpe: 1 }, { state, durability: "power" });
     { using phase = run.phase("load"); phase.setSummary({ rows: 1 }); }
     const n: number = run.phase("fit", () => 5);
     const p: Promise<string> = run.phase("fit", async () => "x");
     const made: Promise<number> = withRun({ type: "p" }, async (r) => r.id.length + n);
     const trial: TrialRecorded = { trial_id: "t", params: {}, metrics: {} };
     void getEventEmitter().emit("trial.recorded", "r", trial);
     void new EventEmitter({ strict: true }).emitRunStarted("r");
     void query("SELECT 1").then((rows) => rows[0]?.["a"]);
     // @ts-expect-error a type is required
     startRun({});
     interface Losses { loss: number; other?: number }
     const losses: Losses = { loss: 1 };
     run.log(losses);
     run.log(new Map([["loss", 1]]));
     // @ts-expect-error a curve is of numbers
     run.log({ loss: "low" });
     // @ts-expect-error no such state
     attach("r").recordTrial("t", {}, {}, { state: "done" });
     // @ts-expect-error trial_id is missing
     void getEventEmitter().emit("trial.recorded", "r", { params: {}, metrics: {} });
     export { DaybookError, made, p };`,
  );
  cpSync(join(project, "consumer.mts"), join(project, "consumer.cts"));
  const tsc = process.env["DAYBOOK_TSC"] as string;
  // Without the types of node, and with all declarations checked.
  const options = { strict: true, noEmit: true, target: "es2022", module: "node16", types: [] };
  const files = ["consumer.mts", "consumer.cts"];
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, lib: ["es2022", "dom"] }, files }),
  );
  run(process.execPath, [tsc]);
});

test("a query uses DuckDB's own package", () => {
  const at = join(project, "node_modules", "@duckdb", "node-bindings-linux-x64");
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(dirname(process.env["DAYBOOK_TEST_DUCKDB"] as string), at);
  writeFileSync(
    join(project, "query.mjs"),
    `import { query, startRun } from "@daybook/client";
     const ledger = process.argv[2];
     startRun({ type: "p", ledger, strict: true }).complete();
     console.log(JSON.stringify(await query("SELECT status FROM latest_runs", { ledger })));`,
  );
  const answer = run(process.execPath, ["query.mjs", temporaryLedger()]);
  assert.equal(answer, '[{"status":"completed"}]\n');
});

test("where there is no addon for the machine, an error names it", () => {
  const prebuilds = join(project, "node_modules", "@daybook", "client", "prebuilds");
  renameSync(prebuilds, `${prebuilds}.away`);
  writeFileSync(
    join(project, "none.cjs"),
    `const { startRun } = require("@daybook/client");
     try { startRun({ type: "p" }); } catch (error) { console.log(error.code, error.message); }`,
  );
  const said = run(process.execPath, ["none.cjs"]);
  renameSync(`${prebuilds}.away`, prebuilds);
  assert.match(said, /^unsupported load @daybook\/client on linux-x64, node v/);
  assert.match(said, /it comes for linux-x64 with glibc/);
});

test("its version is that of the library", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  assert.equal(native().version, manifest.version);
});
