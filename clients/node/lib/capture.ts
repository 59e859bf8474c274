// What a run starts from, as far as only JavaScript knows it.
import { native } from "./native.js";

export function versions(): Record<string, string | undefined> {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    "@daybook/client": native().version,
  };
}
