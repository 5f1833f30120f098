"""Firstword, the latency workbench for talking agents: the command line.

python workbench.py                                         open the workbench in the browser
python workbench.py compare A B --input clip.wav            which of two presets answers sooner, and why
python workbench.py providers                               what is here, what is missing, and the remedy
python workbench.py replay TURN                             recompute a turn's figures from its stored marks
"""

from bench.commands.line import app

if __name__ == "__main__":
    app()
