"""The cost model as text: what an analyst writes, read, checked, frozen.

Enters: a workspace folder (`truecost.yaml`, `model/*.yaml`). Leaves: a `types.Model` of frozen
dataclasses, each entry with the place where it was written, or findings with
`file:line:column`; and, per period, a `resolve.PeriodModel`: the entries that hold in that period,
with a hash that statements cite.

In the order in which a file passes through them:

* `yaml`, `tree`: bytes to text, lists and tables that know their place;
* `files`: which files a workspace has;
* `schema`: what may stand in each, described once for errors, editors and the reference;
* `reading`: a tree given the types of the schema, or findings;
* `draft`: all entries that could be read, and all names that are declared;
* `names`, `references`: what a used name means, or which was meant;
* `entries`, `moves`, `rates`: entries made into `types`;
* `columns`, `checks`: what must hold between them; conditions are checked by `truecost.rules`;
* `load`: all of this for a folder;
* `resolve`: the model of one period;
* `expectations`, `expectations_…`: the organisation's own tests, read against a model.

`taxonomy` holds the names of TBM 5.0.1, `focus` the columns of FOCUS; `bill` is what a model
chooses of a cloud bill.
"""
