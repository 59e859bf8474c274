// What a run starts from, as far as only JavaScript knows it.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { native } from "./native.js";
import type { Run } from "./run.js";

/** Longer than this the gathering neither takes nor keeps the process alive. */
const LIMIT_MS = 10_000;

export function versions(): Record<string, string | undefined> {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    "@daybook/client": native().version,
  };
}

/** Begins to gather the state of the code, and returns at once.  What fails is counted. */
export function recordEnvironment(run: Run): void {
  gather(run).catch((thrown: unknown) => run.failedBehind(thrown));
}

async function gather(run: Run): Promise<void> {
  const packages = await installedPackages(dirname(process.argv[1] ?? "."));
  await native().recordEnvironment(run.slot, JSON.stringify(packages), LIMIT_MS);
}

/** Versions of what the nearest package.json names, as installed beside it. */
export async function installedPackages(from: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let directory = from; ; directory = dirname(directory)) {
    const manifest = await readManifest(join(directory, "package.json"));
    if (manifest !== undefined) {
      const names = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const name of Object.keys({ ...names, ...manifest.optionalDependencies }).sort()) {
        const path = join(directory, "node_modules", name, "package.json");
        const version = (await readManifest(path))?.version;
        if (version !== undefined) found[name] = version;
      }
      return found;
    }
    if (directory === dirname(directory)) return found;
  }
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** undefined where there is none, or none that can be read: then its version is not known. */
async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}
