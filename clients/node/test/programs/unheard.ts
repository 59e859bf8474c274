// A host that records to a ledger that cannot be there.
import { startRun } from "../../lib/index.js";

const run = startRun({ type: "p", ledger: process.argv[2] as string, capture: false });
run.phase("load", () => run.recordTrial("t", { stop: 1 }, { sharpe: 1 }));
run.log({ loss: 1 });
run.tag({ a: 1 });
run.addArtifact("/does/not/exist", "trades");
run.complete({ all: "well" });
const { recorded, kept, dropped } = run.stats();
console.log(`recorded ${recorded}, lost ${kept + dropped}`);
