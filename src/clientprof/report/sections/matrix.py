"""The views of the page of a matrix."""

from clientprof.model.differences.matrix import MatrixResult
from clientprof.report.matrices.matrix_sections import (
    matrix_answer_section,
    matrix_environment_section,
    matrix_hosts_section,
    matrix_method_section,
    matrix_table_section,
)
from clientprof.report.sections import Section

MATRIX_SECTIONS: dict[str, Section[MatrixResult]] = {
    "answer": Section("Answer", matrix_answer_section),
    "cells": Section("All cells", matrix_table_section),
    "hosts": Section("Hosts", matrix_hosts_section, "the option --cluster"),
    "environment": Section("Environment and loads", matrix_environment_section),
    "method": Section("Method and limits", matrix_method_section),
}
