/** More files than that fail for a reason, not by accident. */
const MOST_FILES = 12;

const hasFailed = (file) => file.status === 'failed';

/**
 * Files of a Jest report to be run once more, each by itself: a test can fail because the machine stood
 * still. None when there are too many, or when something failed that is no test of a file.
 */
export function filesToRepeat(report) {
  const files = report.testResults.filter(hasFailed).map(({ name }) => name);
  return files.length <= MOST_FILES ? files : [];
}

/** The counts of a run whose failed files were run again, and the tests that passed then: they are shown, not forgotten. */
export function afterSecondTry(first, second) {
  const repeated = new Set(second.testResults.map(({ name }) => name));
  const before = first.testResults
    .filter(({ name }) => repeated.has(name))
    .flatMap(({ assertionResults }) => assertionResults);
  const count = (status) => before.filter((test) => test.status === status).length;
  const brokenFiles = first.testResults.filter(
    (file) => repeated.has(file.name) && hasFailed(file) && !file.assertionResults.some(hasFailed),
  ).length;
  const passedNow = new Set(
    second.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    ),
  );
  return {
    passed: first.numPassedTests - count('passed') + second.numPassedTests,
    failed:
      first.numFailedTests +
      first.numRuntimeErrorTestSuites -
      count('failed') -
      brokenFiles +
      second.numFailedTests +
      second.numRuntimeErrorTestSuites,
    unsteady: before.filter((test) => hasFailed(test) && passedNow.has(test.fullName)).map(({ fullName }) => fullName),
  };
}
