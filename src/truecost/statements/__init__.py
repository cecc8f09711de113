"""Statements: what a run's tables say to a reader who knows no accounting.

Enters: a run (anything with `.id`, `.manifest` and `.table(name)`); never a model file, so that an
old run can be drawn again after the model has moved on. Leaves: frozen views, and documents that
are the same bytes for the same run (no clock, no path).

* `book`: a run opened for reading: its periods, trees, catalogues; table slices cut once
* `figures`, `words`, `safe`, `locale`: percents, unit costs; how things are said; text made
  harmless; figures and months as the readers' country writes them
* `lines`, `savings`, `changes`, `proof`, `sentences`: the parts of a statement
* `views`: `statement_view` for one consumer (or branch) and period, `index_view` for all of them
* `show`: true cost by service, tower, pool, class or consumer; each table ends in the same total
* `explain` (with `explain_chain`, `explain_figures`, `explain_line`): a figure down to its ledger
  lines, a ledger line up to statements; `explain_bridge`: why a bill changed; `explain_model`:
  what the model did to bills; `explain_text`, `explain_json`: how these are written; `inquiry`: a
  run kept open for many such questions
* `summary`: a period for leaders, as a view
* `pages`, `summary_pages`: a view as a document of `blocks`, whatever it will be drawn as
* `pdf`, `xlsx` (with `workbook`, `page_sheet`): a document on paper, a workbook of real numbers
* `html` (with `charts`, `drawings`), `json`, `summary_json`, `csv`, `text`: a view as a page, as
  data, as rows, in 80 columns

Terms: the *total* is what the consumer is charged. A *named remainder* is money that is not charged
and says why. What is *kept apart* is a remainder with a consumer: it bought the thing itself.
*Derived* figures explain (gross cost, share, unit cost); only *settled* amounts add up to the bill.
A statement is a *draft* until it is issued, and has no number before.
"""
