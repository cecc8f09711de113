"""Statements: home, each statement with what corrects it, the documents that were issued."""
