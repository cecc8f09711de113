"""What may stand in each file of a workspace, in plain words.

The pydantic classes here give types to what an analyst wrote, the JSON Schemas that editors use
(`published`), and the reference that people read: each key is described once, here.
"""
