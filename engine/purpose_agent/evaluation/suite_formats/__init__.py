"""One module per form in which suites come: our own JSON, tables, code benchmarks, questions about passages."""
