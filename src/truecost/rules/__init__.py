"""Rules: the conditions, expressions and measures that analysts write, checked before use.

Enters: text in the SQL of one expression, and the columns that it may name. Leaves: the same
meaning as canonical DuckDB SQL, written anew from the checked syntax tree and never from the
user's own text, or a `PredicateError` that says in which line and column of the text what is wrong
and what to write instead.

* `predicate`: a *predicate*, the WHERE clause of a rule: true or false for a ledger line;
* `direct`: predicates that are plain comparisons, answered without a database;
* `expression`: a text made from text columns, for cleaning a source;
* `measure`: one aggregate over lines, for drivers that a source is measured for;
* `words`: the words of a text against the list of allowed ones, before anything is parsed;
* `tree`: parsing, and writing the checked tree as SQL;
* `nodes`: the syntax tree against the list of allowed nodes, and its rewriting;
* `functions`: the functions that may be called, with their arguments;
* `patterns`: regular expressions, tried out;
* `errors`: how a text is refused.

What may be written:

* columns, quoted or not (capitals count only inside quotes); texts in single quotes; whole and
  decimal numbers (`1000.5`; up to 18 digits before the point and 12 after); TRUE and FALSE;
* `= <> != < <= > >=`, `[NOT] BETWEEN`, `[NOT] IN (…)`, `[NOT] LIKE` and `[NOT] ILIKE` with
  `ESCAPE`, `IS [NOT] NULL`, `AND`, `OR`, `NOT`, `CASE`, `||`, parentheses;
* the functions of `functions`; a regular expression is written `regexp_matches(column, 'pattern')`
  and finds the pattern anywhere in the text, by the syntax of RE2.

What it means: texts compare exactly, capitals included (`ILIKE` and `upper` are there for the
rest), in the order of their code points. A column is never NULL: what is absent is the empty text,
so `IS NULL` means `= ''`, `coalesce` gives the first text that is not empty, and a CASE without
ELSE gives the empty text or FALSE. Amounts and quantities are exact decimals; a number is never
compared with a text. Subqueries, statements, parameters, comments, casts, window functions and all
other functions are refused.
"""
