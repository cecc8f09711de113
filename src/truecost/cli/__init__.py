"""The command line: one file per command, loaded only when it is called.

Enters: what people type. Leaves: text for people on standard output, faults on standard error,
an exit code (`docs/reference/exit-codes.md`). Commands compute nothing: they call the engine and
the statements, and print.
"""
