"""One module a label: each finds its mentions and writes them on the Doc."""
