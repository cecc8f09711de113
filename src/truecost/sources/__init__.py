"""Sources: what an organisation has becomes coded rows, or findings with file and line.

Enters: the files of a `model.types.Source`, as people send them. Leaves: a
`store.sources.CodedSource`, kept in the store and never read again while files and recipe stay the
same; what could not be read lies in it as rejects. Nothing is lost: rows = loaded + rejected +
repeated + blank, and so are the totals of each currency.

* `ledger`: `load_ledger`, the way from files to a coded source;
* `streams`: a file becomes records, by the suffix of its name; `text`: bytes become text;
  `delimited`: text becomes records with true line numbers; `workbook`, `columnar`: the same of
  XLSX, XLS, ODS and of Parquet, read by a process `apart`; `database`: the same of a query;
* `header`: which layout a file has; `values`, `dates`, `currencies`: what a field says, never
  guessed;
* `columns`: values as codes, column by column; `reading`: one file through all of these;
* `meaning`: how the fields of each column are read; `focus_meaning`, `focus_values`: the same of a
  cloud bill in FOCUS; `focus_deliveries`: bills that replace earlier ones; `focus_invoices`:
  whether charges come to their invoices; `focus_conformance`, `focus_rules`: which rules of the
  specification a file breaks;
* `identity`: which rows are the same row; `cleaning`: an analyst's expressions over text columns;
* `coding`: the tables that the store keeps; `rejects`: whether the model allows what was rejected;
* `statistics`: which months a load covers, and what changed since an earlier one.

Terms. *Record*: a row of a file, which may span several lines. *Reject*: a record that can't be
read, kept with its reason. *Repeated*: a row that an overlapping file has already brought. *Equal
rows*: rows inside one file that say the same; they are real and count.
"""
