import { EventEmitter } from "../../lib/index.js";

async function main(): Promise<void> {
  const emitter = new EventEmitter({ ledger: process.argv[2] as string });
  await emitter.emitArtifactCreated("r1", "trades", "a.csv", NaN);
  await emitter.emitArtifactCreated("r1", "trades", "b.csv", NaN);
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  await emitter.emitRunCompleted("r1", circle, {});
  const { failures, dropped } = emitter.stats();
  console.log(`${failures} failures, ${dropped} dropped`);
}

void main();
