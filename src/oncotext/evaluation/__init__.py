"""How good the results are: figures with intervals, comparison, agreement, error browser.

>>> from oncotext.evaluation import agreement
>>> from oncotext.corpora import read_gold, sample_paths
>>> reports = [read_gold(path) for path in sample_paths()]
>>> agreement(reports, reports).tokens["all"].kappa
1.0
"""

from oncotext.evaluation.agreement import Agreement, agreement
from oncotext.evaluation.browser import write_browser
from oncotext.evaluation.evaluate import evaluate, evaluate_given_spans
from oncotext.evaluation.result import Evaluation
from oncotext.evaluation.running import Run, run_pipeline

__all__ = [
    "Agreement",
    "Evaluation",
    "Run",
    "agreement",
    "evaluate",
    "evaluate_given_spans",
    "run_pipeline",
    "write_browser",
]
