"""Fine-tuning on local annotations: a corpus in, a pipeline out that `oncotext.load` takes."""

from oncotext.training.assertion import train_assertion
from oncotext.training.linking import train_linkers
from oncotext.training.onnx_export import export_onnx
from oncotext.training.pretraining import pretrain
from oncotext.training.run import train

__all__ = ["export_onnx", "pretrain", "train", "train_assertion", "train_linkers"]
