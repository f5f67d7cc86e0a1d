"""French clinical text into a Doc: tokens, sentences, length-preserving folding."""
