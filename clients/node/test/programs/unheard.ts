// A host that records to a ledger that cannot be there.
import { EventEmitter, startRun } from "../../lib/index.js";

const [ledger, how] = process.argv.slice(2) as [string, string | undefined];
if (how === "emitter") {
  const emitter = new EventEmitter({ ledger });
  for (let i = 0; i < 20; ++i) void emitter.emitRunStarted(`r${i}`);
} else {
  const run = startRun({ type: "p", ledger, capture: false });
  run.phase("load", () => run.recordTrial("t", { stop: 1 }, { sharpe: 1 }));
  run.log({ loss: 1 });
  run.tag({ a: 1 });
  run.addArtifact("/does/not/exist", "trades");
  run.complete({ all: "well" });
  const { recorded, kept, dropped } = run.stats();
  console.log(`recorded ${recorded}, lost ${kept + dropped}`);
}
