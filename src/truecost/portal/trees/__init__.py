"""Services and consumers as trees, each with a page of its own and its history.

Everybody sees what is theirs: owners their services, heads their branch, the others all.
"""
