"""A test framework in one class, for firmware that prints lines `PASS name` and `FAIL name`."""

from platformio.public import TestCase, TestRunnerBase, TestStatus

STATUS = {"PASS": TestStatus.PASSED, "FAIL": TestStatus.FAILED}


class CustomTestRunner(TestRunnerBase):
    def on_testing_line_output(self, line):
        super().on_testing_line_output(line)
        word, _, name = line.strip().partition(" ")
        if word in STATUS:
            self.test_suite.add_case(TestCase(name=name, status=STATUS[word]))
