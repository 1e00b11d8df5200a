import { expect, test } from "bun:test";
import { UserError } from "./fail.ts";
import { validateSettings } from "./validate.ts";

const loopback = { BIND_ADDRESS: "127.0.0.1" };

for (const value of ["True", "yes", "1", ""]) {
  test(`STACK_ENCRYPTED=${value} is refused: it must not turn encryption off unnoticed`, () => {
    expect(() => validateSettings({ ...loopback, STACK_ENCRYPTED: value })).toThrow(
      new UserError("STACK_ENCRYPTED must be true or false"),
    );
  });
}
for (const value of ["true", "false"]) {
  test(`STACK_ENCRYPTED=${value} is taken`, () => validateSettings({ ...loopback, STACK_ENCRYPTED: value }));
}
