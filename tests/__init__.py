"""The tests, a package so that they import each other by name."""

import pytest

# Asserts in modules that are not test files say nothing but "AssertionError" unless they are named here.
pytest.register_assert_rewrite("tests.conformance")
