// What a run starts from, as far as only JavaScript knows it.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { native } from "./native.js";
import type { Run } from "./run.js";

/** Longer than this the gathering does not take. */
const LIMIT_MS = 10_000;

export function versions(): Record<string, string | undefined> {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    "@daybook/client": native().version,
  };
}

/** Begins to gather the state of the code beside the program.  What fails is counted. */
export function recordEnvironment(run: Run): void {
  try {
    const packages = JSON.stringify(packagesOf(dirname(process.argv[1] ?? ".")));
    native().recordEnvironment(run.slot, packages, LIMIT_MS);
  } catch (thrown) {
    run.failedBehind(thrown);
  }
}

const known = new Map<string, Record<string, string>>();

/** Read once: installing packages does not change those that have been loaded. */
function packagesOf(from: string): Record<string, string> {
  let packages = known.get(from);
  if (packages === undefined) {
    packages = installedPackages(from);
    known.set(from, packages);
  }
  return packages;
}

/** Versions of what the nearest package.json names, as node would find them from there. */
export function installedPackages(from: string): Record<string, string> {
  const found: Record<string, string> = {};
  const project = upwards(from).find((directory) => existsSync(join(directory, "package.json")));
  if (project === undefined) return found;
  const manifest = readManifest(project) ?? {};
  const names = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const name of Object.keys({ ...names, ...manifest.optionalDependencies }).sort()) {
    for (const directory of upwards(project)) {
      const version = readManifest(join(directory, "node_modules", name))?.version;
      if (version === undefined) continue;
      found[name] = version;
      break;
    }
  }
  return found;
}

/** `directory` and those above it. */
function upwards(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...upwards(parent)];
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** undefined where there is none, or none that can be read: then its version is not known. */
function readManifest(directory: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}
