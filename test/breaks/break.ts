/** A break: one small change that takes a promise out of the code, and the test that must turn red for it. */
export interface Break {
  /** What no longer holds, in the words of the promise (`promise 3: …`) or of whoever relies on it. */
  keeps: string;
  /** The file that is broken, from the root of the checkout. */
  file: string;
  /** Text that stands there exactly once. */
  from: string;
  to: string;
  /** The test file that must turn red. */
  test: string;
  /** A pattern for the names of its tests that are run; all of them without it. */
  named?: string;
}
