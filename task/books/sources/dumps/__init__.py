"""The local catalogue at full size: Open Library's dumps, read by a job into a store of their own.

`lines` reads a file, `records` keeps of each line what a book needs, `batch` packs what a step has read, `store` is
where it goes (`sqlite`, `postgres`; what they share: `stores`), `look_up` answers from it, `tasks` is the job.

A store has blocks of 32 records each, compressed; a record's place is its block's number times 32, and where it stands
in it. Three tables lead from an ISBN, and from the number of a work or an author, to places. They have to be in order,
and dumps are in none: a random place in a large table for each line would cost a write of its own. So what is read is
put on piles, each of a range of numbers, and when all is read the piles become the tables, one after the other.

A new store is loaded beside the old one. How far it is stands in it, and is written with what was read, in one
transaction: killed at any line, the job goes on behind the last that counts.
"""
