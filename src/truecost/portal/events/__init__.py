"""Events: what was done, by whom and when, as a chain; and whether the record is as it was written.

* `chain`: the chain, filtered and paged, and as CSV
* `verification`: having the whole record checked (a job), the last result, the head to note down
"""
