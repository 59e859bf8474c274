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

test("versions of the packages that the nearest package.json names", async () => {
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
  assert.deepEqual(await installedPackages(below), { "@s/dev": "2.0.0", here: "1.2.3" });
});

test("capture: false records none of it", async () => {
  const ledger = temporaryLedger();
  await start("captured.js", [ledger, "none"]).ended;
  const events = eventsOf(ledger);
  assert.equal(only(events, "run.created")["environment"], undefined);
  assert.ok(!typesOf(events).includes("run.environment"));
});

test("a state that cannot be recorded does not end a strict host", async () => {
  const { code, stdout, stderr } = await start("captured.js", [temporaryLedger(), "full"]).ended;
  assert.deepEqual([code, stdout], [0, "went on\n"], stderr);
  assert.match(stderr, /^daybook: write .*: File too large/m);
});

test("a slow git does not keep a run from its end", async () => {
  const slow = temporaryDirectory();
  writeFileSync(join(slow, "git"), "#!/bin/sh\nexec sleep 2\n");
  chmodSync(join(slow, "git"), 0o755);
  const ledger = temporaryLedger();
  const path = `${slow}:${process.env["PATH"]}`;
  const { code, stderr } = await start("captured.js", [ledger, "exit"], { PATH: path }).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  const events = eventsOf(ledger);
  assert.equal(only(events, "run.completed")["implicit_end"], true);
});
