"""What the file can be trusted with, tried from outside: `python -m trials`, `make trials`.

Each trial gives the installed command line to real processes in a scratch folder with a home of its
own, does to them what life does (kills, power cuts, full disks, damage, crowds), and looks at exit
codes, at output and at copies of the file. Nothing here imports dealflow, but for `older`, which
makes a file of its first schema version, and `standins`, deliberately broken programs to be
given as --program, which the trials have to notice.

A command is acknowledged when it exits with 0. docs/reliability.md has the figures.
"""
