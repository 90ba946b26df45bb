// Names, at the very end, each test that only passed on its second try: real processes meet real clocks, and one slow
// moment should not hide the other two thousand verdicts, but a test that needs luck must not go unseen either.
export default class FlakyReporter {
  onTestRunEnd(modules) {
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky),
    );
    for (const test of flaky) console.log(`flaky: ${test.module.relativeModuleId} > ${test.fullName}`);
    if (flaky.length > 0) console.log(`${flaky.length} passed only on a second try`);
  }
}
