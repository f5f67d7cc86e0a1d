"""Fine-tuning on local annotations: a corpus in, a pipeline out that `oncotext.load` takes."""

from oncotext.training.linking import train_linkers
from oncotext.training.run import train

__all__ = ["train", "train_linkers"]
