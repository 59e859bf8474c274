// The same objects for `import` as for `require`, so that a program that does both has one of each.
export * from "./index.js";
