"""Other services: asking one (`http`), how fast all workers together may (`pace`), reading what it says (`answers`).

The engine needs none of this; a task that asks others does.
"""
