"""Where rows are: what is done per ledger line, and for each engine how it is done there.

`rows` says what an engine has to do; it is given a `plan`, integers only, and gives back groups and
their exact sums. `duckdb` does it in process, over the coded source in the store; `postgresql` over
a copy in a database (`postgresql_loads`, `postgresql_rows`); `spark` on a cluster, over Parquet
(`spark_session`, `spark_folder`, `footers`). The callers (`classify`, `measures`) finish what comes
back, alike for all: so each engine does as little as can be, and none decides what a condition on
text means. Rules that need a row's own values meet them in DuckDB, in batches: in this process
(`by_line`), or on Spark's workers (`spark_by_line`).
"""
