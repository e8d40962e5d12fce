"""Other services: asking one (`http`), how fast all workers together may (`rate_limit`), reading what it says
(`replies`), writing to people (`mail`, by `run.mail()`), and what a disk refuses (`disk`).

The engine itself needs only the last; a task that asks others does so outside its steps, where a fault of these is
its own: RetryLater and Snooze try again later, Fail ends the job with a sentence.
"""
