/** The reason to skip a test that takes minutes and shows little that the others do not, or false: AWS_AS_TEST_LONG=1. */
export function withoutLong(): string | false {
  return process.env["AWS_AS_TEST_LONG"] !== "1" && "runs with AWS_AS_TEST_LONG=1";
}
