"""The cost model as text: what an analyst writes, read, checked, frozen.

Enters: a workspace folder (`truecost.yaml`, `model/*.yaml`). Leaves: a `types.Model` of frozen
dataclasses, each entry with the place where it was written, or findings with
`file:line:column`; and, per period, a `resolve.PeriodModel`: the entries that hold in that period,
with a hash that statements cite.
"""
