"""What the catalogue has, taken along: the books of a list as a file, made by a job.

Read in this order: `wanted` (which books), `records` (all of each, some at a time), `formats` (how a file is written),
`files` (how it grows so that a killed worker leaves neither lost nor doubled books), `tasks` (the job).
"""
