import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { eventsOf, only, start, temporaryDirectory, temporaryLedger, typesOf } from "./support.js";
import { installedPackages } from "../lib/capture.js";

test("what a run starts from, at once; the state of the code, behind it", async () => {
  const ledger = temporaryLedger();
  const { code, stderr } = await start("captured.js", [ledger, "--api-key=hidden"]).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  const events = eventsOf(ledger);
  assert.equal(typesOf(events)[0], "run.created");
  const environment = only(events, "run.created")["environment"] as Record<string, unknown>;
  const versions = environment["versions"] as Record<string, string>;
  assert.equal(versions["node"], process.versions.node);
  assert.equal(versions["v8"], process.versions.v8);
  const argv = environment["argv"] as string[];
  assert.equal(argv[0], process.execPath);
  assert.match(argv[1] ?? "", /captured\.js$/);
  assert.ok(!JSON.stringify(events).includes("hidden"));
  only(events, "run.environment");
});

test("versions of the packages that the nearest package.json names", () => {
  const project = temporaryDirectory();
  const manifest = { dependencies: { here: "^1" }, devDependencies: { "@s/dev": "*", absent: "1" } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  for (const [name, version] of [["here", "1.2.3"], ["@s/dev", "2.0.0"]] as const) {
    const folder = join(project, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version }));
  }
  const below = join(project, "src", "deep");
  mkdirSync(below, { recursive: true });
  assert.deepEqual(installedPackages(below), { "@s/dev": "2.0.0", here: "1.2.3" });
});

test("packages of a workspace, which are installed above it", () => {
  const workspace = temporaryDirectory();
  const put = (folder: string, manifest: object): void => {
    mkdirSync(join(workspace, folder), { recursive: true });
    writeFileSync(join(workspace, folder, "package.json"), JSON.stringify(manifest));
  };
  put("packages/mine", { dependencies: { above: "^1", both: "^1" } });
  put("node_modules/above", { version: "1.0.0" });
  put("node_modules/both", { version: "1.0.0" });
  put("packages/mine/node_modules/both", { version: "1.5.0" });
  const found = installedPackages(join(workspace, "packages", "mine"));
  assert.deepEqual(found, { above: "1.0.0", both: "1.5.0" });
});

test("capture: false records none of it", async () => {
  const ledger = temporaryLedger();
  await start("captured.js", [ledger, "none"]).ended;
  const events = eventsOf(ledger);
  assert.equal(only(events, "run.created")["environment"], undefined);
  assert.ok(!typesOf(events).includes("run.environment"));
});

/** PATH with a git that answers after so long. */
function slowGit(seconds: number): { PATH: string } {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "git"), `#!/bin/sh\nexec sleep ${seconds}\n`);
  chmodSync(join(directory, "git"), 0o755);
  return { PATH: `${directory}:${process.env["PATH"]}` };
}

test("a state that cannot be recorded does not end a strict host", async () => {
  const how = [temporaryLedger(), "full"];
  const { code, stdout, stderr } = await start("captured.js", how, slowGit(0.3)).ended;
  assert.deepEqual([code, stdout], [0, "went on\n"], stderr);
  assert.match(stderr, /^daybook: write .*: File too large/m);
});

test("a slow git does not keep a host from its end, and what is missing is named", async () => {
  for (const [how, expected] of [["exit", 0], ["throw", 1], ["return", 0]] as const) {
    const ledger = temporaryLedger();
    const begun = Date.now();
    const { code, stderr } = await start("captured.js", [ledger, how], slowGit(60)).ended;
    assert.equal(code, expected, stderr);
    assert.ok(Date.now() - begun < 6000, `${how} took ${Date.now() - begun} ms`);
    const events = eventsOf(ledger);
    only(events, how === "throw" ? "run.failed" : "run.completed");
    const state = only(events, "run.environment");
    assert.match(String(state["incomplete_reason"]), /the program ended before git had answered/);
  }
});

test("a worker that ends meanwhile ends nothing else", async () => {
  for (const how of ["worker_throw", "worker_exit", "worker_terminate"]) {
    const ledger = temporaryLedger();
    const { code, signal, stdout, stderr } = await start(
      "captured.js",
      [ledger, how],
      slowGit(1),
    ).ended;
    assert.deepEqual([code, signal, stdout], [0, null, "the worker has ended\n"], stderr);
    only(eventsOf(ledger), "run.environment");
  }
});

test("the state is that of the start, whatever a computation does meanwhile", async () => {
  const ledger = temporaryLedger();
  const { code, stderr } = await start("captured.js", [ledger, "compute"]).ended;
  assert.equal(code, 0, stderr);
  const types = typesOf(eventsOf(ledger));
  assert.ok(types.indexOf("run.environment") < types.indexOf("metric.recorded"), `${types}`);
});
