import assert from "node:assert/strict";
import { test } from "node:test";

import { startRun, type StartOptions } from "../lib/index.js";
import { eventsOf, only, rowsOf, temporaryLedger } from "./support.js";

/** What the ledger has of one trial with these parameters. */
function recorded(params: object, metrics: object = {}): Record<string, unknown> {
  const ledger = temporaryLedger();
  const run = startRun({ type: "values", ledger, strict: true, capture: false });
  run.recordTrial("t", params, metrics);
  run.complete();
  return only(eventsOf(ledger), "trial.recorded");
}

test("doubles come back as they went", () => {
  const doubles: Record<string, number> = {
    third: 1 / 3,
    tenth: 0.1,
    least: 5e-324,
    greatest: Number.MAX_VALUE,
    epsilon: 1 + Number.EPSILON,
    safe: Number.MAX_SAFE_INTEGER,
    beyond: 2 ** 53 + 2,
    wide: 1e20,
    wider: 1e21,
    negative: -1e-7,
  };
  let seed = 1;
  for (let i = 0; i < 200; ++i) {
    // Any bits: a linear congruence is random enough to reach every exponent.
    const bits = new BigUint64Array(1);
    for (let half = 0; half < 2; ++half) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      bits[0] = ((bits[0] as bigint) << 32n) | BigInt(seed);
    }
    const value = new Float64Array(bits.buffer)[0] as number;
    if (Number.isFinite(value)) doubles[`random${i}`] = value;
  }
  const event = recorded({ list: Object.values(doubles), ...doubles }, doubles);
  const { list, ...params } = event["params"] as Record<string, number> & { list: number[] };
  assert.deepEqual(params, doubles);
  assert.deepEqual(list, Object.values(doubles));
  assert.deepEqual(event["metrics"], doubles);
});

test("minus zero stays minus zero", () => {
  const event = recorded({ zero: -0, list: [-0] }, { zero: -0 });
  const params = event["params"] as { zero: number; list: number[] };
  assert.ok(Object.is(params.zero, -0));
  assert.ok(Object.is(params.list[0], -0));
});

test("integers are integers", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "values", ledger, strict: true, capture: false });
  run.recordTrial("t", { n: 5, big: 2n ** 63n, least: -(2n ** 63n), huge: 2n ** 70n }, { n: 3n });
  run.complete();
  const [row] = rowsOf(
    ledger,
    "SELECT params->>'n' n, params->>'big' big, params->>'least' least, params->>'huge' huge, " +
      "metrics->>'n' m FROM trial_results",
  );
  assert.deepEqual(row, {
    n: "5",
    big: "9223372036854775808",
    least: "-9223372036854775808",
    huge: "1180591620717411303424",
    m: "3",
  });
});

test("NaN and infinities are kept beside the trial", () => {
  const event = recorded(
    { a: NaN, "b/c": Infinity, deep: { list: [1, -Infinity] } },
    { sharpe: NaN, loss: -Infinity, good: 1 },
  );
  assert.deepEqual(event["params"], { deep: { list: [1, null] } });
  assert.deepEqual(event["metrics"], { good: 1 });
  assert.deepEqual(event["nonfinite"], {
    "/params/a": "NaN",
    "/params/b~1c": "Infinity",
    "/params/deep/list/1": "-Infinity",
    "/metrics/sharpe": "NaN",
    "/metrics/loss": "-Infinity",
  });
});

test('nan: "refuse" records nothing of a trial with NaN', () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "values", ledger, strict: true, nan: "refuse", capture: false });
  assert.throws(() => run.recordTrial("t", {}, { sharpe: NaN }), {
    code: "invalid_argument",
    message: '/metrics/sharpe: found NaN, expected a finite number (nan: "keep" keeps it)',
  });
  assert.throws(() => run.recordTrial("t", { list: [Infinity] }, {}), /\/params\/list\/0: found Inf/);
  run.recordTrial("fine", {}, { sharpe: 1 });
  run.complete();
  assert.equal(only(eventsOf(ledger), "trial.recorded")["trial_id"], "fine");
});

test("values of all kinds", () => {
  class Point {
    constructor(
      readonly x: number,
      readonly y: number,
    ) {}
  }
  class Money {
    toJSON(): object {
      return { cents: 5 };
    }
  }
  const event = recorded({
    nothing: null,
    absent: undefined,
    yes: true,
    text: 'ü "quoted" \n 漢字 \u{1f600} and so on, long enough that it is not copied by hand',
    half: "\ud800",
    date: new Date(Date.UTC(2026, 0, 23)),
    noDate: new Date(NaN),
    map: new Map<unknown, unknown>([["a", 1], [2, new Set(["x", "y"])]]),
    typed: Float32Array.of(0.5, 2),
    bytes: Buffer.from([1, 255]),
    bigs: BigInt64Array.of(-1n),
    point: new Point(1, 2),
    money: new Money(),
    when: [new Date(0), undefined, 10n],
    pattern: /a+/i,
    error: new RangeError("out"),
    url: new URL("file:///tmp/x"),
    boxed: Object(5) as object,
    call: function named(): void {},
    symbol: Symbol("s"),
  });
  assert.deepEqual(event["params"], {
    nothing: null,
    yes: true,
    text: 'ü "quoted" \n 漢字 \u{1f600} and so on, long enough that it is not copied by hand',
    half: "\ufffd",
    date: "2026-01-23T00:00:00.000Z",
    noDate: "Invalid Date",
    map: { a: 1, "2": ["x", "y"] },
    typed: [0.5, 2],
    bytes: [1, 255],
    bigs: [-1],
    point: { x: 1, y: 2 },
    money: { cents: 5 },
    when: ["1970-01-01T00:00:00.000Z", null, 10],
    pattern: "/a+/i",
    error: { name: "RangeError", message: "out" },
    url: "file:///tmp/x",
    boxed: 5,
    call: "[function named]",
    symbol: "Symbol(s)",
  });
});

test("parameters and metrics may be maps and instances", () => {
  class Params {
    stop = 0.5;
  }
  const event = recorded(new Params(), new Map<string, unknown>([["sharpe", 1.5], ["bad", NaN], ["why", "x"]]));
  assert.deepEqual(event["params"], { stop: 0.5 });
  assert.deepEqual(event["metrics"], { sharpe: 1.5, why: "x" });
  assert.deepEqual(event["nonfinite"], { "/metrics/bad": "NaN" });
});

test("what cannot be recorded is named by its place", () => {
  const run = startRun({ type: "values", ledger: temporaryLedger(), strict: true, capture: false });
  const refused = (params: unknown, metrics: unknown, message: string): void => {
    assert.throws(() => run.recordTrial("t", params as object, metrics as object), { message });
  };
  const point = (metrics: object, message: string): void => {
    assert.throws(() => run.log(metrics as Record<string, number>), { code: "invalid_argument", message });
  };
  point({ loss: "0.5" }, "/metrics/loss: found a string, expected a number");
  point({ "a/b": null }, "/metrics/a~1b: found null, expected a number");
  refused([1], {}, "/params: found a list, expected an object");
  refused({}, 5, "/metrics: found a number, expected an object");
  refused(null, {}, "/params: found null, expected an object");
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  assert.throws(() => run.recordTrial("t", { circle }, {}), /more than 62 levels \(a circle\?\)/);
  assert.throws(() => run.recordTrial("", {}, {}), { code: "invalid_argument" });
  const option = (options: object, message: string): void => {
    assert.throws(() => run.recordTrial("t", {}, {}, options), { message });
  };
  option({ durability: "hard" }, '/durability: found "hard", expected one of buffered, process, power');
  option({ feasible: 1 }, "/feasible: found 1, expected true or false");
  option({ violations: "x" }, '/violations: found "x", expected a list of names');
  option({ durationMs: NaN }, "/duration_ms: found NaN, expected an integer");
  option({ startedAtMs: new Date(NaN) }, "/started_at_ms: found an invalid date, expected an integer");
  assert.throws(() => run.recordTrial("t", {}, {}, { state: "done" as never }), /complete, pruned/);
  assert.throws(() => run.phase("p", { order: 0.5 }), /\/phase_order: found 0\.5/);
  assert.throws(() => run.log({ loss: 1 }, { step: 0.5 }), /\/step: found 0\.5, expected an integer/);
  run.complete();
});

test("what would be cut off, or taken for nothing, is refused by its name", () => {
  const ledger = temporaryLedger();
  const refused = (options: object, message: RegExp): void => {
    const all = { type: "v", ledger, capture: false, ...options };
    assert.throws(() => startRun(all as StartOptions), { code: "invalid_argument", message });
  };
  refused({ seed: 2n ** 64n + 5n }, /seed: found 18446744073709551621, expected .*64 bits/);
  refused({ seed: "7" }, /seed: found "7"/);
  refused({ name: 5 }, /name: found 5, expected a text/);
  refused({ runId: 7 }, /runId: found 7, expected a text/);
  const run = startRun({ type: "v", ledger, strict: true, capture: false });
  const wrong = (body: () => void, message: RegExp): void => {
    assert.throws(body, { code: "invalid_argument", message });
  };
  wrong(() => run.log({ a: 1 }, { step: 2n ** 64n }), /\/step: found 18446744073709551616/);
  wrong(() => run.recordTrial(undefined as never, {}, {}), /\/trial_id: found undefined/);
  wrong(() => run.recordTrial("t", new Set([1]), {}), /\/params: found a Set, expected an object/);
  wrong(() => run.recordTrial("t", { deep: "x".repeat(17 << 20) }, {}), /\/params\/deep: found/);
  wrong(() => run.note(5 as never), /\/text: found 5, expected a text/);
  wrong(() => run.phase(5 as never), /\/phase_name: found 5/);
  wrong(() => run.recordTrials(5 as never), /\/trials: found 5, expected a list/);
  run.complete();
});

test("a getter that records something itself disturbs nothing", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "v", ledger, strict: true, capture: false });
  const params = {
    before: 1,
    get inner() {
      run.recordTrial("inner", { text: "of the inner one", n: 42 }, { m: 7 });
      return 2;
    },
    after: "of the outer one",
  };
  run.recordTrial("outer", params, { m: 1 });
  run.complete();
  const trials = eventsOf(ledger).filter((event) => event.event_type === "trial.recorded");
  assert.deepEqual(
    trials.map(({ trial_id, params, metrics }) => ({ trial_id, params, metrics })),
    [
      { trial_id: "inner", params: { text: "of the inner one", n: 42 }, metrics: { m: 7 } },
      {
        trial_id: "outer",
        params: { before: 1, inner: 2, after: "of the outer one" },
        metrics: { m: 1 },
      },
    ],
  );
});

test("boxed and binary values", () => {
  const buffer = new Uint8Array([1, 2]).buffer;
  const { params } = recorded({ buffer, boxed: Object(5n) as object }, {});
  assert.deepEqual(params, { buffer: [1, 2], boxed: 5 });
});

test("NaN in a configuration, which has no place for it, becomes text", () => {
  const ledger = temporaryLedger();
  startRun({ type: "v", config: { a: NaN, b: [Infinity] }, ledger, strict: true }).complete();
  assert.deepEqual(only(eventsOf(ledger), "run.created")["config"], { a: "NaN", b: ["Infinity"] });
});

test("more fields and longer texts than usual", () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`p${i}`, i / 7]));
  const text = "é".repeat(400_000);
  const event = recorded({ ...many, text }, many);
  assert.deepEqual(event["params"], { ...many, text });
  assert.deepEqual(event["metrics"], many);
});

test("ever new names", () => {
  const ledger = temporaryLedger();
  const run = startRun({ type: "values", ledger, strict: true, capture: false });
  for (let i = 0; i < 25_000; ++i) {
    run.recordTrial(`t${i}`, {}, { [`m${i}`]: i }, { durability: "buffered" });
  }
  run.flush();
  run.complete();
  const trials = eventsOf(ledger).filter((event) => event.event_type === "trial.recorded");
  assert.equal(trials.length, 25_000);
  for (const i of [0, 19_999, 20_000, 20_001, 20_002, 24_999]) {
    assert.deepEqual(trials[i]?.["metrics"], { [`m${i}`]: i });
  }
});
